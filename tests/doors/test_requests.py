"""Doors of a copy request: from asking in the reading room to one download, each hand by its own page."""

from __future__ import annotations

import re

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.support.webapp import Site, token_of


def _post(client: FlaskClient, page: TestResponse, path: str, **fields: object) -> TestResponse:
    return client.post(path, data={"csrf_token": token_of(page), **fields})


def _items(page: TestResponse) -> list[str]:
    return list(dict.fromkeys(re.findall(r'name="item" value="(item_[a-z2-7]+)"', page.get_data(as_text=True))))


def ask_for(site: Site, client: FlaskClient, count: int, first: int = 0) -> str:
    """A party asks for ``count`` papers; the address of the request's page."""
    path = f"/my/cases/{site.case_id}/ask"
    page = client.get(path)
    items = _items(page)[first : first + count]
    page = _post(client, page, path, step="purpose", item=items)
    assert page.status_code == 200
    page = _post(client, page, path, step="check", item=items, purpose="提起行政诉讼")
    sent = _post(client, page, path, step="send", item=items, purpose="提起行政诉讼")
    assert sent.status_code == 302, sent.get_data(as_text=True)
    return str(sent.headers["Location"])


def test_a_copy_goes_from_the_reading_room_to_one_download(site: Site) -> None:
    party, archivist, deputy = site.client("party"), site.client("archivist"), site.client("deputy")
    mine = ask_for(site, party, 2)
    request_id = mine.rsplit("/", 1)[-1]
    waiting = party.get(mine).get_data(as_text=True)
    assert "等档案员核定范围" in waiting
    assert "最后一日为2026年12月22日（星期二）" in waiting and "2026年12月5日至6日周末，不计入" in waiting

    theirs = f"/requests/{request_id}"
    page = archivist.get(theirs)
    assert "最后一日为2026年12月22日（星期二）" in page.get_data(as_text=True)
    assert page.status_code == 200
    assert _post(archivist, page, f"{theirs}/review", item=_items(page)).status_code == 302

    page = deputy.get(theirs)
    text = page.get_data(as_text=True)
    seen = re.search(r'name="seen" value="([0-9a-f]{64})"', text)
    assert seen is not None and "您没有经手过本申请" in text
    unticked = _post(deputy, page, f"{theirs}/sign", seen=seen.group(1), do="agree")
    assert unticked.status_code == 422
    stale = _post(deputy, page, f"{theirs}/sign", seen="0" * 64, do="agree", read="yes")
    assert stale.status_code == 409
    assert _post(deputy, page, f"{theirs}/sign", seen=seen.group(1), do="agree", read="yes").status_code == 302
    signed = deputy.get(theirs).get_data(as_text=True)
    assert "现在由档案员办理" in signed and "已经办结" not in signed

    page = archivist.get(theirs)
    assert _post(archivist, page, f"{theirs}/release").status_code == 302
    page = party.get(mine)
    assert "副本做好了" in page.get_data(as_text=True)
    broken = _post(party, page, f"{mine}/collect")
    assert broken.status_code == 200
    next(iter(broken.iter_encoded()))  # one piece, then the reader is gone
    broken.close()
    assert "副本做好了" in party.get(mine).get_data(as_text=True)
    copy = _post(party, page, f"{mine}/collect")
    assert copy.status_code == 200 and copy.data.startswith(b"%PDF-")
    assert copy.content_length == len(copy.data)
    assert copy.headers["Content-Disposition"].startswith("attachment")
    again = _post(party, page, f"{mine}/collect")
    assert again.status_code == 409


def test_a_guarded_paper_passes_the_legal_reviewer_and_a_return_tells_its_reason(site: Site) -> None:
    party, archivist, legal = site.client("party"), site.client("archivist"), site.client("legal")
    mine = ask_for(site, party, 1, first=2)
    theirs = "/requests/" + mine.rsplit("/", 1)[-1]
    page = archivist.get(theirs)
    _post(archivist, page, f"{theirs}/review", item=_items(page))
    page = legal.get(theirs)
    seen = re.search(r'name="seen" value="([0-9a-f]{64})"', page.get_data(as_text=True))
    assert seen is not None and "法制审核" in page.get_data(as_text=True)
    silent = _post(legal, page, f"{theirs}/sign", seen=seen.group(1), do="back", reason="")
    assert silent.status_code == 422
    _post(legal, page, f"{theirs}/sign", seen=seen.group(1), do="back", reason="涉及他人隐私")
    assert "涉及他人隐私" in party.get(mine).get_data(as_text=True)


def test_what_a_hand_typed_is_kept_where_the_form_can_be_mended(site: Site) -> None:
    party, archivist, deputy = site.client("party"), site.client("archivist"), site.client("deputy")
    theirs = "/requests/" + ask_for(site, party, 2).rsplit("/", 1)[-1]
    page = archivist.get(theirs)
    first, second = _items(page)
    silent = _post(archivist, page, f"{theirs}/review", item=[second], reason=" ")
    text = silent.get_data(as_text=True)
    assert silent.status_code == 422 and "access.reason-missing" in text
    assert f'value="{second}" checked' in text and f'value="{first}" checked' not in text and 'name="reason"' in text
    nothing = _post(archivist, page, f"{theirs}/review", reason="都不提供").get_data(as_text=True)
    assert "access.scope-empty" in nothing and "\n都不提供</textarea>" in nothing
    assert _post(archivist, page, f"{theirs}/review", item=[second], reason="另一件含商业秘密").status_code == 302

    page = deputy.get(theirs)
    seen = re.search(r'name="seen" value="([0-9a-f]{64})"', page.get_data(as_text=True))
    assert seen is not None
    unticked = _post(deputy, page, f"{theirs}/sign", seen=seen.group(1), do="agree", reason="待核").get_data(
        as_text=True
    )
    assert "access.agreement-unticked" in unticked and "\n待核</textarea>" in unticked and "<details open>" in unticked
    back = _post(deputy, page, f"{theirs}/sign", seen=seen.group(1), do="back", read="yes").get_data(as_text=True)
    assert "access.reason-missing" in back and 'value="yes" checked' in back
    stale = _post(deputy, page, f"{theirs}/sign", seen="0" * 64, do="agree", read="yes", reason="附言")
    text = stale.get_data(as_text=True)
    assert stale.status_code == 409 and "\n附言</textarea>" in text and 'value="yes" checked' not in text
    other = _post(archivist, page, f"{theirs}/sign", seen=seen.group(1), do="agree", read="yes")
    assert other.status_code in (400, 403), "what no form can mend has its own page"


def test_nobody_else_sees_a_request(site: Site) -> None:
    mine = ask_for(site, site.client("party"), 1)
    theirs = "/requests/" + mine.rsplit("/", 1)[-1]
    assert site.client("stranger").get(mine).status_code == 404
    assert site.client("foreign").get(theirs).status_code == 404
    assert site.client("sysadmin").get(theirs).status_code in (403, 404)


def test_the_offer_withholds_titles_of_guarded_papers_and_the_internal_part(site: Site) -> None:
    text = site.client("party").get(f"/my/cases/{site.case_id}/ask").get_data(as_text=True)
    assert "行政处罚决定书" in text
    assert "询问笔录" not in text and "个人隐私" in text
    assert "立案审批表" not in text
    assert site.client("stranger").get(f"/my/cases/{site.case_id}/ask").status_code == 404


def test_a_party_who_opens_the_list_of_cases_is_led_to_their_own(site: Site) -> None:
    answer = site.client("party").get("/cases")
    assert answer.status_code == 302 and answer.headers["Location"] == "/my"
