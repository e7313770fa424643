"""People of the demonstration 演示人员: login, name, duty and unit of each; nobody real."""

from __future__ import annotations

from access.terms import ALL_UNITS, Duty
from archive.kernel.ids import UnitCode
from ingest.demo.names import OTHER_UNIT, UNIT

PEOPLE = {
    "dangan": ("演示档案员", Duty.ARCHIVIST, UnitCode(UNIT)),
    "zhuanguan": ("演示专管员", Duty.CUSTODIAN, UnitCode(UNIT)),
    "erzhong": ("演示二中队档案员", Duty.ARCHIVIST, UnitCode(OTHER_UNIT)),
    "baomi": ("演示保密员", Duty.CONFIDENTIALITY_OFFICER, ALL_UNITS),
    "fenguan": ("演示分管负责人", Duty.DEPUTY_HEAD, UnitCode(UNIT)),
    "fenguan2": ("演示分管负责人乙", Duty.DEPUTY_HEAD, UnitCode(UNIT)),
    "fazhi": ("演示法制审核员", Duty.LEGAL_REVIEWER, UnitCode(UNIT)),
    "jiandu": ("演示监督员", Duty.SUPERVISOR, ALL_UNITS),
    "dangshiren": ("演示当事人", Duty.PARTY, UnitCode(UNIT)),
    "dangshiren2": ("演示当事人乙", Duty.PARTY, UnitCode(UNIT)),
    "dailiren": ("演示代理人", Duty.AGENT, UnitCode(UNIT)),
}
ARCHIVISTS = {UNIT: "dangan", OTHER_UNIT: "erzhong"}
"""Who takes the cases of a unit in."""
CLEARED = ("dangan", "fenguan", "fazhi")
