"""What is made ready before the first reader comes."""

from __future__ import annotations

from archive.doors.serving import make_ready
from archive.renditions import forkserver
from archive.renditions.walls import capability
from tests.support.webapp import Site


def test_every_template_is_compiled_and_a_child_program_waits(site: Site) -> None:
    forkserver.dismiss()
    make_ready(site.app)
    cache = site.app.jinja_env.cache
    compiled = {name for _, name in cache} if cache is not None else set()
    assert compiled >= set(site.app.jinja_env.list_templates()) > {"archive/case.html", "access/request.html"}
    assert bool(forkserver.servers()) is (capability().sandbox == "bubblewrap")
    forkserver.dismiss()
