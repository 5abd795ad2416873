"""Rate limits as a client meets them: tiny ones, so that no test depends on how fast it is."""

import json

import pytest

from harness.server import key_of, user


@pytest.mark.proves("limits")
def test_a_key_has_its_burst_and_then_waits(server):
    settings = {"rate_limits": {"files": {"per_key": "1/h", "burst": 3}}}
    users = [user("ann", 1001), user("ben", 1002)]
    with server(settings=settings, users=users).start() as one:
        with one.connect(key=key_of("ann")) as ann, one.connect(key=key_of("ben")) as ben:
            for left in (2, 1, 0):
                answer = ann.request("GET", "/v1/files/")
                assert answer.status == 200
                assert answer.header("ratelimit-policy") == '"files-key";q=3;w=10800'
                policy, remaining, window = answer.header("ratelimit").split(";")
                assert (policy, remaining) == ('"files-key"', f"r={left}")
                assert 0 < int(window.removeprefix("t=")) <= 3600
            for _ in range(3):
                refused = ann.request("PUT", "/v1/files/f", b"x")
                assert refused.status == 429 and refused.code == "RATE_LIMIT_EXCEEDED"
                assert 3500 < int(refused.header("retry-after")) <= 3600
                assert refused.header("ratelimit").startswith('"files-key";r=0;t=')
            assert ann.request("GET", "/v1/whoami").status == 200
            assert ben.request("GET", "/v1/files/f").status == 404
        assert one.stop() == 0


def test_downloads_are_limited_by_address_and_a_refusal_uses_nothing_up(server):
    settings = {"rate_limits": {"downloads": {"per_address": "1/h", "burst": 2}}}
    one = server(settings=settings)
    with one.start(), one.connect() as owner:
        assert owner.request("PUT", "/v1/files/f", b"once").status == 201
        body = json.dumps({"path": "/f", "expiry_seconds": 600})
        link = "/download/" + owner.request("POST", "/v1/links/generate", body).json()["token"]
        assert [owner.request("HEAD", link, key=None).status for _ in range(2)] == [200, 200]
        refused = owner.request("GET", link, key=None)
        assert refused.status == 429
        assert refused.header("ratelimit-policy") == '"downloads-address";q=2;w=7200'
        with one.connect(key=None) as other:
            assert other.request("GET", link).status == 429
        assert one.stop() == 0
    one.settings["rate_limits"]["downloads"]["per_address"] = "unlimited"
    with one.start(), one.connect(key=None) as anybody:
        assert anybody.request("GET", link).body == b"once"
        assert anybody.request("GET", link).status == 410
        assert one.stop() == 0


@pytest.mark.proves("limits-of-failures")
def test_failed_authentications_are_limited_and_a_right_key_passes(server):
    settings = {"rate_limits": {"authentication_failures": {"per_address": "1/h", "burst": 4}}}
    with server(settings=settings).start() as one, one.connect() as owner:
        wrong = "wrong-key-0123456789abcdef"
        statuses = [owner.request("GET", "/v1/whoami", key=wrong).status for _ in range(6)]
        assert statuses == [401, 401, 401, 401, 429, 429]
        assert owner.request("GET", "/v1/whoami").status == 200
        assert one.stop() == 0
