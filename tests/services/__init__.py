"""Real services that tests run against: found or started without root, on loopback, data in temporary folders.

Every module has ``available() -> str | None``: None when the service can be had, else the reason in words. A test asks
with ``need("verapdf")`` or ``@pytest.mark.service("verapdf")``; see ``tests.services.registry``.
"""
