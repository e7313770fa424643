"""Serving 网页服务: gunicorn with one worker of several threads, the background pass and the unlock agent inside.

Everything is opened after the fork: key store, index files and database connections do not survive one. What the
first reader of each page would wait for is made before anybody is told the address.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from archive.kernel.faults import name_fault, trace_fault
from archive.renditions import forkserver

log = logging.getLogger("anjuan.serving")
PAUSE = 1.0
THREADS = 8


class _Server(BaseApplication):
    def __init__(self, host: str, port: int, load: Callable[[], Flask], listens: Callable[[], None]) -> None:
        self._options = {
            "bind": f"{host}:{port}",
            "workers": 1,
            "worker_class": "gthread",
            "threads": THREADS,
            "timeout": 120,
            "graceful_timeout": 10,
            "accesslog": None,
            "errorlog": "-",
            "loglevel": "warning",
            "limit_request_line": 8190,
            "worker_tmp_dir": "/dev/shm",
            "post_worker_init": lambda _worker: listens(),
        }
        self._load = load
        super().__init__()

    def load_config(self) -> None:
        """Takes the options given here and nothing from the environment."""
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """The application, made in the worker."""
        return self._load()


def serve(
    host: str, port: int, open_app: Callable[[], tuple[Flask, Callable[[], object]]], listens: Callable[[], None]
) -> None:
    """Serves until stopped. ``open_app`` gives the application and the background pass, called in the worker;
    ``listens`` is called when the port is ours and a browser that comes is answered at once, again after a worker was
    replaced.
    """

    def load() -> Flask:
        app, background = open_app()
        make_ready(app)
        threading.Thread(target=_keep_running, args=(background,), name="worker", daemon=True).start()
        return app

    _Server(host, port, load, listens).run()


def make_ready(app: Flask) -> None:
    """Does once what else the first reader of each page waits for 启动预热: compiles every template (0.2 s of a case
    page), and has a child program wait for the first page image, as far as this machine allows one.
    """
    with ThreadPoolExecutor(1) as aside:
        child = aside.submit(forkserver.prepare)
        for name in app.jinja_env.list_templates():
            app.jinja_env.get_template(name)
        try:
            child.result()
        except OSError as fault:
            log.warning("no child program waits yet: %s", name_fault(fault))


def _keep_running(background: Callable[[], object]) -> None:
    stop = threading.Event()
    while not stop.wait(PAUSE):
        with contextlib.suppress(Exception):
            _one_pass(background)


def _one_pass(background: Callable[[], object]) -> None:
    try:
        background()
    except Exception as fault:
        log.error("the background pass failed; it is repeated: %s", trace_fault(fault))
        raise
