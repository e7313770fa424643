"""Story 演示流程: numbered steps with times, each done by the person whose duty it is, on a real trial installation."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from access.ports import Counter
from access.service.people import add_duty, add_person, grant_clearance, link_party, name_in_circle
from access.service.releasing import begin_delivery, finish_delivery, make_release
from access.service.requests import get_request, review_request, sign_request, submit_request
from access.terms import ALL_UNITS, Duty
from archive.installation import Ledgers
from archive.kernel.actor import Actor, machine_actor
from archive.kernel.adapters import load_adapter
from archive.kernel.ids import CaseId
from archive.kernel.ports import Ports
from archive.kernel.refusals import Catalogue, Refusal
from archive.kernel.work import Works
from archive.ledger.rules.notes import parse_verifier_keys
from archive.ports import Holdings, object_id
from archive.sealing_parts import anchors_of
from archive.seals.terms import PdfVerdict
from archive.service.destroying import destroy_case
from archive.service.machine_reading import queue_waiting, reading_state
from archive.service.reading import get_case, get_case_target, list_cases
from archive.service.verifying import Anchors, verify_case
from archive.terms import Compartment, LayerResult, Level
from ingest.demo.packages import Packages
from ingest.demo.people import CLEARED, PEOPLE
from ingest.ports import TakeIn
from ingest.service.late import add_late_document
from ingest.service.take_in import take_in
from retention.service import get_derivation, lift_hold, make_disposal_order, place_hold, sign_disposal
from retention.terms import HoldKind


@dataclass
class Teller:
    """Prints the story 讲述: number, sentence, seconds."""

    say: Callable[[str], None]
    number: int = 0
    started: float = field(default_factory=time.monotonic)

    @contextmanager
    def step(self, title: str) -> Iterator[Callable[[str], None]]:
        """One numbered step; its lines are indented below it."""
        self.number += 1
        begun = time.monotonic()
        self.say(f"\n{self.number:2}. {title}")
        yield lambda line: self.say(f"    {line}")
        self.say(f"    —— {time.monotonic() - begun:.1f} s")


@dataclass
class Story:
    """The whole walk on one installation 演示."""

    ports: Ports
    packages: Packages
    passwords: dict[str, str]
    teller: Teller
    worker: Callable[[], object]
    people: dict[str, Actor] = field(default_factory=dict)
    cases: dict[str, CaseId] = field(default_factory=dict)
    search: Callable[[Actor, str], int] = field(default=lambda actor, query: 0)

    def tell(self) -> None:
        """All steps in order; raises when one does not come out as it must."""
        self._people()
        self._take_in()
        self._refused_package()
        self._verify()
        self._search()
        self._copy()
        self._late()
        self._hold()
        self._tamper()
        self._ledger()
        self._reading()

    @property
    def holdings(self) -> Holdings:
        """The holdings."""
        return self.ports.get(Holdings)

    def _people(self) -> None:
        with self.teller.step("人员与岗位：建账户不含权限，岗位、涉密权限分别授予") as line:
            works = self.ports.get(Works)
            with works.work(machine_actor("demo", "演示建库")) as work:
                for login, (name, duty, unit) in PEOPLE.items():
                    person = add_person(work, login, name, unit, self.passwords[login])
                    add_duty(work, person, duty, unit)
                    self.people[login] = Actor(person, name, frozenset({duty}), unit=unit)
            with works.work(self.people["baomi"]) as work:
                until = work.now + timedelta(days=365)
                kinds = list(Compartment)
                for login in CLEARED:
                    grant_clearance(work, self.people[login].id, Level.SECRET, kinds, until, "演示岗位需要")
            line("两个中队的档案员、专管员、保密员、分管负责人二人、法制审核员、监督员、当事人二人、代理人")
            line("另有三员（系统管理、安全保密、审计）")
            try:
                with works.work(machine_actor("demo", "演示")) as work:
                    add_duty(work, self.people["dangan"].id, Duty.AUDITOR, ALL_UNITS)
            except Refusal as refusal:
                line(f"同一账户兼任档案员与审计员：{self._told(refusal)}")

    def _take_in(self) -> None:
        with self.teller.step("接收归档：四个案卷成为封存对象（PDF/A、原件、音像、签名、时间戳、账本）") as line:
            ports, actor = self.ports.get(TakeIn), self.people["dangan"]
            # two lanes: while one waits for a limited child, the other works
            with ThreadPoolExecutor(2) as lanes:
                taken = {
                    name: lanes.submit(lambda name: take_in(ports, actor, self.packages.path(name)), name)
                    for name in ("ad", "market", "secret", "old")
                }
                for name, lane in taken.items():
                    receipt = lane.result()
                    self.cases[name] = receipt.case_id
                    line(f"{receipt.reference_code}  {receipt.title}  {receipt.items} 件  {receipt.state}")
            with self.ports.get(Works).work(self.people["baomi"]) as work:
                target = get_case_target(work, self.cases["secret"])
                name_in_circle(work, target, self.people["dangan"].id)
            self.worker()
            again = take_in(ports, actor, self.packages.path("ad"))
            line(f"同一包再次提交：已在馆 {again.reference_code}，不重复封存")

    def _refused_package(self) -> None:
        with self.teller.step("退回不合格的提交包：一次说清全部原因，什么也不留下") as line:
            try:
                take_in(self.ports.get(TakeIn), self.people["dangan"], self.packages.path("broken"))
            except Refusal as refusal:
                for reason in refusal.all():
                    line(f"· {self._told(reason)}")
            else:
                raise AssertionError("a broken package was accepted")

    def _verify(self) -> None:
        with self.teller.step("验封：逐层核查，每层证明什么") as line:
            for layer in self._layers("ad"):
                trial = "  TRIAL 试用" if layer.trial else ""
                line(f"{'通过' if layer.ok else '不符'}  {layer.name:12} {layer.proves_zh}{trial}")
            if not all(layer.ok for layer in self._layers("ad")):
                raise AssertionError("a fresh seal does not verify")

    def _search(self) -> None:
        with self.teller.step("检索：同一个词，三个人看到三个世界") as line:
            for login in ("dangan", "zhuanguan", "erzhong"):
                for query in ("广告", "折扣率"):
                    total = self._count(login, query)
                    line(f"{PEOPLE[login][0]:10} “{query}”：{total} 页")
            with self.ports.get(Works).work(self.people["jiandu"]) as work:
                line(f"监督员只见目录：{len(list_cases(work, self.holdings))} 卷，不见内容")

    def _copy(self) -> None:
        with self.teller.step("复制件：当事人申请，档案员审核，分管负责人批准之前没有任何复制件") as line:
            counter, works = self.ports.get(Counter), self.ports.get(Works)
            people = self.people
            with works.work(people["dangan"]) as work:
                target = get_case_target(work, self.cases["ad"])
                link_party(work, target, people["dangshiren"].id, Duty.PARTY, "现场核验证件（演示）")
                view = get_case(work, self.holdings, self.cases["ad"])
            items = [item.item_id for item in view.volumes[0].items[:3]]
            with works.work(people["dangshiren"]) as work:
                request = submit_request(work, counter, self.cases["ad"], items, "申请行政复议使用")
            with works.work(people["dangan"]) as work:
                review_request(work, counter, request, items, "均为正卷文书，无需遮蔽")
                seen = get_request(work, counter, request).scope_digest
            self._refused(line, "未批准先出具", lambda: make_release(works, counter, people["dangan"], request))
            with works.work(people["fenguan"]) as work:
                sign_request(work, counter, request, approves=True, reason="同意", seen=seen)
            release = make_release(works, counter, people["dangan"], request)
            self.ports.get(Ledgers).sequence()
            with works.work(people["dangshiren"]) as work:
                number, pdf = begin_delivery(work, counter, release)
            finish_delivery(works, counter, people["dangshiren"], release)
            judge = load_adapter("archive.seals.pdf_checks:verify_pdf")
            verdict: PdfVerdict = judge(pdf, anchors_of(self.holdings.sealing))
            line(f"{number} 已领取，{len(pdf) // 1024} KiB，签章验证 {verdict.indication} TRIAL 试用")
            self._expect(line, "再次领取", people["dangshiren"], lambda work: begin_delivery(work, counter, release))

    def _late(self) -> None:
        with self.teller.step("补充归档：后来的判决成为新版本，备考表有记载，旧版本原样") as line:
            (paper,) = self.packages.path("ad").glob("正卷/*送达回证*.pdf")
            receipt = add_late_document(
                self.ports.get(TakeIn),
                self.people["dangan"],
                self.cases["ad"],
                paper,
                title="补充送达回证",
                note="补入送达回证一份（演示）。",
                doc_type="SRV_RECEIPT",
            )
            self.worker()
            line(f"{receipt.reference_code} 第 {receipt.version} 版已封存；全部各层 {self._all_ok('ad')}")

    def _hold(self) -> None:
        with self.teller.step("冻结挡住销毁：三十年期满的案卷，诉讼冻结期间销毁令作不出来") as line:
            works, people, case = self.ports.get(Works), self.people, self.cases["old"]
            with works.work(people["dangan"]) as work:
                line(get_derivation(work, case).sentence())
                sign_disposal(work, get_case_target(work, case), "期满，无继续保存价值（演示）")
            with works.work(people["fazhi"]) as work:
                hold = place_hold(work, get_case_target(work, case), HoldKind.LITIGATION, "涉诉（演示）")
            with works.work(people["fenguan"]) as work:
                sign_disposal(work, get_case_target(work, case), "同意（演示）")
            self._expect(
                line,
                "冻结中作销毁令",
                people["fenguan2"],
                lambda work: make_disposal_order(work, get_case_target(work, case)),
            )
            with works.work(people["fenguan2"]) as work:
                lift_hold(work, get_case_target(work, case), hold, "诉讼终结（演示）")
            with works.work(people["fenguan2"]) as work:
                order = make_disposal_order(work, get_case_target(work, case))
                destroy_case(work, self.holdings, order)
            self.ports.get(Ledgers).sequence()
            self.worker()
            gone = self.holdings.store.object_folder(object_id(case)) is None
            line(f"解除冻结后依令销毁：密钥与字节{'已不存在' if gone else '仍在'}，编号与账本记录留存")

    def _tamper(self) -> None:
        with self.teller.step("改动一个比特：在哪一层、哪个文件，说得出来") as line:
            folder = self.holdings.store.object_folder(object_id(self.cases["market"]))
            if folder is None:
                raise AssertionError("a sealed object is missing")
            victim = sorted((folder / "v1" / "content" / "data").iterdir())[0]
            before = victim.read_bytes()
            victim.write_bytes(before[:100] + bytes([before[100] ^ 1]) + before[101:])
            found = [f for layer in self._layers("market") for f in layer.findings if f.severity == "broken"]
            victim.write_bytes(before)
            for finding in found[:3]:
                line(f"发现：{finding.layer} {finding.code} {finding.where}")
            if not found:
                raise AssertionError("a flipped bit was not found")
            line(f"改回后：{self._all_ok('market')}")

    def _ledger(self) -> None:
        with self.teller.step("账本检查点交付见证，对照外部锚核查") as line:
            ledgers = self.ports.get(Ledgers)
            if ledgers.witness is not None:
                ledgers.tell_witness()
            keys = parse_verifier_keys(ledgers.verifier_keys())
            pins = ledgers.witness.pins() if ledgers.witness is not None else []
            found = ledgers.audit(pins, keys)
            alarms = [finding for finding in found if not finding.is_note]
            line(f"见证处 {len(pins)} 个检查点；警报 {len(alarms)}；{found[0].zh if found else '账本完整'}")
            if alarms:
                raise AssertionError(f"the ledger does not verify: {alarms[0]}")

    def _reading(self) -> None:
        with self.teller.step("机器识读：没有可靠文字的页排队等候，封存和浏览都不等它") as line:
            queue_waiting(self.holdings)
            with self.ports.get(Works).work(machine_actor("demo", "演示")) as work:
                state = reading_state(work)
            line(f"待识读 {state.items_waiting} 件 {state.pages_waiting} 页；由后台或 anjuan reading run 办理")

    def _layers(self, name: str) -> tuple[LayerResult, ...]:
        ledgers = self.ports.get(Ledgers)
        keys = tuple(parse_verifier_keys(ledgers.verifier_keys()))
        anchors = Anchors(anchors_of(self.holdings.sealing), keys, (), "演示：锚取自本机")
        return verify_case(self.holdings, self.people["dangan"], self.cases[name], anchors, deep=True)

    def _all_ok(self, name: str) -> str:
        return "通过" if all(layer.ok for layer in self._layers(name)) else "不符"

    def _expect(self, line: Callable[[str], None], what: str, actor: Actor, deed: Callable[..., object]) -> None:
        def in_work() -> None:
            with self.ports.get(Works).work(actor) as work:
                deed(work)

        self._refused(line, what, in_work)

    def _refused(self, line: Callable[[str], None], what: str, deed: Callable[[], object]) -> None:
        try:
            deed()
        except Refusal as refusal:
            line(f"{what}：{self._told(refusal)}")
        else:
            raise AssertionError(f"{what} was not refused")

    def _count(self, login: str, query: str) -> int:
        return self.search(self.people[login], query)

    def _told(self, refusal: Refusal) -> str:
        told = self.ports.get(Catalogue).tell(refusal)
        return f"{told.what} [{told.code}]"
