"""Generated pages 生成页: covers, lists, forms, certificates and receipts as PDF/A-2u, from plain facts."""
