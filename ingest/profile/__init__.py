"""Profile 提交规范 (docs/sip.md): the description of a submission, as ``case.json`` or as a spreadsheet."""
