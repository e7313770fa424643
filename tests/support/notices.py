"""A notice 放假安排 for 2027 as it might come: it frees the last day of 2026 and has the Sunday before worked."""

from __future__ import annotations

NOTICE = """
year = 2027
basis = "国办发明电〔2026〕示例号"
issued_on = 2026-11-20
[[festival]]
zh = "元旦"
en = "New Year"
first = 2026-12-31
last = 2027-01-02
worked = [2026-12-27]
[[festival]]
zh = "劳动节"
en = "Labour Day"
first = 2027-05-01
last = 2027-05-05
[[festival]]
zh = "国庆节"
en = "National Day"
first = 2027-10-01
last = 2027-10-07
"""
