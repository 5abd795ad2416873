"""SIGHUP: a new certificate, new keys, new settings, without a request that fails; all of it or nothing."""

import hashlib
import json
import os
import re
import shutil
import signal
import ssl
import threading

import pytest

from harness import certificates
from harness.http1 import Connection
from harness.server import key_of, nested, user
from harness.waiting import wait_until, written_lines

RELOADED = "the configuration was reloaded"
REFUSED = "nothing was reloaded"


def events(one):
    return [json.loads(line) for line in written_lines(one.output) if line.startswith("{")]


def count(one, message):
    return sum(event["message"].startswith(message) for event in events(one))


def reload(one):
    """Sends the signal and waits for the event that ends the reload; returns it."""
    def ends():
        return [e for e in events(one) if e["message"].startswith((RELOADED, REFUSED))]

    before = len(ends())
    os.kill(one.pid, signal.SIGHUP)
    wait_until(lambda: len(ends()) > before, 20, "the reload ended")
    return ends()[-1]


def configure(one, **settings):
    """Writes the configuration file anew, in one step, with these settings on top of its own."""
    one.settings |= {}
    for key, value in settings.items():
        one.settings = merged(one.settings, nested({key.replace("__", "."): value}))
    fresh = one.folder / "config.json.new"
    fresh.write_text(json.dumps(one.settings))
    fresh.rename(one.folder / "config.json")


def merged(left, right):
    result = dict(left)
    for key, value in right.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = merged(result[key], value) if both else value
    return result


class Authority:
    """Certificates of one authority, so that a client that trusts it can follow the server's changes."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                     "-keyout", "ca.key", "-out", "ca.crt", "-subj", "/CN=test authority", "-days", "30")
        (folder / "names").write_text(certificates.NAMES)
        self.context = ssl.create_default_context(cafile=str(folder / "ca.crt"))

    def openssl(self, *arguments):
        certificates.openssl(*arguments, folder=self.folder)

    def issue(self, name, days=20):
        """Paths of a certificate and its key."""
        self.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                     f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        self.openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-days",
                     str(days), "-CAcreateserial", "-extfile", "names", "-out", f"{name}.crt")
        return self.folder / f"{name}.crt", self.folder / f"{name}.key"


def fingerprint(pem):
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem.read_text())).hexdigest()


def shown_fingerprint(one):
    with one.connect(key=None) as connection:
        return hashlib.sha256(connection.socket.getpeercert(binary_form=True)).hexdigest()


def replace(source, target):
    """As certificate renewal does it: beside, then over the old name."""
    beside = target.with_suffix(".new")
    shutil.copy(source, beside)
    beside.chmod(0o600)
    beside.rename(target)


@pytest.fixture
def with_authority(server, tmp_path):
    authority = Authority(tmp_path / "authority")
    certificate, key = authority.issue("first")
    live = tmp_path / "live.crt", tmp_path / "live.key"
    replace(certificate, live[0])
    replace(key, live[1])
    one = server(settings={
        "server.cert_file": str(live[0]), "server.key_file": str(live[1]), "auth.api_keys": [key_of("alice")],
    })
    one.context = authority.context
    return one, authority, live


@pytest.mark.bounded(120)
def test_certificates_rotate_under_load_without_a_failed_request(with_authority):
    one, authority, (live_certificate, live_key) = with_authority
    pairs = [authority.issue(f"pair{number}") for number in range(4)]
    stop = threading.Event()
    failures, counts = [], {"kept": 0, "new": 0}

    def work(kind):
        content = os.urandom(100_000)
        connection = one.connect()
        try:
            while not stop.is_set():
                if kind == "new":
                    connection.close()
                wrote = connection.request("PUT", f"/v1/files/{kind}", content)
                read = connection.request("GET", f"/v1/files/{kind}")
                assert wrote.status in (200, 201) and read.body == content, (wrote, read.status)
                counts[kind] += 1
        except BaseException as error:  # Judged by the test's own thread.
            failures.append((kind, repr(error)))
        finally:
            connection.close()

    with one.start():
        threads = [threading.Thread(target=work, args=(kind,)) for kind in counts]
        for thread in threads:
            thread.start()
        try:
            for number in range(12):
                before = dict(counts)
                certificate, key = pairs[number % len(pairs)]
                # Between the two the pair does not match: a reload just then keeps what was.
                replace(key, live_key)
                if number % 3 == 0:
                    event = reload(one)
                    assert event["message"].startswith(REFUSED), event
                replace(certificate, live_certificate)
                event = reload(one)
                assert event["message"] == RELOADED, event
                assert event["certificate_sha256"] == fingerprint(certificate)
                assert shown_fingerprint(one) == fingerprint(certificate)
                served = lambda: all(counts[kind] > before[kind] for kind in counts)
                wait_until(lambda: failures or served(), 30, "requests go on")
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        assert not failures, failures
        assert one.stop() == 0


def test_a_broken_file_keeps_the_old_certificate_and_says_why(with_authority):
    one, authority, (live_certificate, live_key) = with_authority
    other = authority.issue("other")
    with one.start():
        before = shown_fingerprint(one)
        for content, words in [
            (b"", "PEM"),
            (b"nonsense", "PEM"),
            (other[0].read_bytes(), "does not belong"),
            (live_key.read_bytes(), "exchanged"),
        ]:
            live_certificate.write_bytes(content)
            event = reload(one)
            assert event["message"].startswith(REFUSED) and event["level"] == "error", event
            problem = [e for e in events(one) if "problem" in e][-1]
            assert words in problem["problem"] and str(live_certificate) in problem["problem"], problem
            assert shown_fingerprint(one) == before
        live_certificate.unlink()
        assert reload(one)["message"].startswith(REFUSED)
        assert shown_fingerprint(one) == before
        replace(other[0], live_certificate)
        replace(other[1], live_key)
        assert reload(one)["message"] == RELOADED
        assert shown_fingerprint(one) == fingerprint(other[0])


def shown_expiry(one):
    """When the certificate ends, by the server's metrics, in seconds since 1970."""
    with one.connect(key=None) as connection:
        text = connection.request("GET", "/metrics").body.decode()
    return int(re.search(r"^callfs_tls_certificate_expiry_timestamp_seconds (\d+)$", text, re.MULTILINE)[1])


def expiry(pem):
    return int(ssl.cert_time_to_seconds(ssl._ssl._test_decode_cert(str(pem))["notAfter"]))


def test_the_metric_of_the_certificate_s_end_follows(with_authority):
    one, authority, (live_certificate, live_key) = with_authority
    with one.start():
        assert shown_expiry(one) == expiry(live_certificate)
        certificate, key = authority.issue("longer", days=25)
        assert expiry(certificate) > expiry(live_certificate)
        replace(certificate, live_certificate)
        replace(key, live_key)
        assert reload(one)["message"] == RELOADED
        assert shown_expiry(one) == expiry(certificate)


def test_a_running_connection_survives_and_an_upload_goes_on(with_authority):
    one, authority, (live_certificate, live_key) = with_authority
    certificate, key = authority.issue("next")
    with one.start(), one.connect() as connection:
        connection.send(connection.head("PUT", "/v1/files/slow", length=200_000))
        connection.send(b"a" * 100_000)
        replace(key, live_key)
        replace(certificate, live_certificate)
        assert reload(one)["message"] == RELOADED
        connection.send(b"b" * 100_000)
        assert connection.response("PUT").status == 201
        assert connection.request("GET", "/v1/files/slow").body == b"a" * 100_000 + b"b" * 100_000


def test_a_removed_key_is_refused_at_once_on_an_open_connection(server):
    digest = hashlib.sha256(key_of("carol").encode()).hexdigest()
    one = server(users=[user("alice", 1001), user("bob", 1002)])
    with one.start(), one.connect(key=key_of("bob")) as bobs, one.connect() as alices:
        assert bobs.request("GET", "/v1/whoami").json()["name"] == "bob"
        socket = bobs.socket
        configure(one, auth__users=[
            user("alice", 1001),
            {"name": "carol", "uid": 1003, "gid": 1003, "keys": [], "key_sha256": [digest]},
        ])
        assert reload(one)["settings"] == "auth.users"
        assert bobs.request("GET", "/v1/whoami").status == 401
        assert bobs.socket is socket, "the refusal came on another connection"
        assert alices.request("GET", "/v1/whoami").json()["name"] == "alice"
        with one.connect(key=key_of("carol")) as carols:
            assert carols.request("GET", "/v1/whoami").json()["uid"] == 1003
        for key in (digest, key_of("bob")):
            with one.connect(key=key) as nobodys:
                assert nobodys.request("GET", "/v1/whoami").status == 401


def test_a_configuration_with_problems_changes_nothing_and_names_all(server):
    one = server(settings={"auth.api_keys": [key_of("alice")], "server.max_body_bytes": 1000})
    with one.start(), one.connect() as connection:
        good = one.settings
        configure(one, log__level="loud", server__read_timeout="soon", auth__users=[user("bob", 1002)],
                  server__max_body_bytes=10)
        event = reload(one)
        assert event["message"].startswith(REFUSED) and event["problems"] == 2, event
        problems = [e for e in events(one) if "problem" in e]
        assert [bool(re.fullmatch(r".*config\.json:\d+", e["source"])) for e in problems] == [True, True]
        assert {"loud", "soon"} <= set(re.findall(r"loud|soon", str(problems)))
        assert connection.request("PUT", "/v1/files/file", b"x" * 500).status == 201
        (one.folder / "config.json").unlink()
        assert reload(one)["message"].startswith(REFUSED)
        assert connection.request("GET", "/v1/whoami").json()["name"] == "callfs"
        one.settings = good
        configure(one, server__max_body_bytes=10)
        event = reload(one)
        assert event["message"] == RELOADED and event["settings"] == "server.max_body_bytes", event
        assert connection.request("PUT", "/v1/files/file", b"x" * 500).status == 413


def test_the_log_follows(server):
    one = server(settings={"log.level": "info", "auth.api_keys": [key_of("alice")]})
    with one.start(), one.connect() as connection:
        def logged():
            connection.request("GET", "/v1/whoami")
            return count(one, "request")

        wait_until(lambda: logged() > 0, 10, "requests are logged")
        configure(one, log__access=False)
        reload(one)
        before = count(one, "request")
        for _ in range(5):
            connection.request("GET", "/v1/whoami")
        configure(one, log__access=True, log__format="json")
        reload(one)
        # Lines come in order: none was written between the two reloads.
        assert count(one, "request") == before
        wait_until(lambda: logged() > before, 10, "requests are logged again")
        configure(one, log__level="error")
        os.kill(one.pid, signal.SIGHUP)
        configure(one, log__level="loud")
        assert reload(one)["message"].startswith(REFUSED)


def test_what_needs_a_restart_is_named_and_not_done(server):
    one = server(settings={"auth.api_keys": [key_of("alice")], "log.level": "info"})
    with one.start(), one.connect() as connection:
        configure(one, limits__reclaim_grace="20m", instance_discovery__instance_id="another",
                  log__level="debug")
        assert reload(one)["settings"] == "log.level"
        # Said after the reload itself.
        wait_until(lambda: count(one, "some settings that changed"), 10, "what waits for a restart is named")
        waiting = [event for event in events(one) if event["message"].startswith("some settings")][-1]
        assert waiting["level"] == "warn" and "restart" in waiting["message"], waiting
        assert waiting["settings"] == "instance_discovery.instance_id,limits.reclaim_grace"
        assert connection.request("PUT", "/v1/files/file", b"x").status == 201
        node = connection.request("HEAD", "/v1/files/file").header("x-callfs-instance-id")
        assert node == "callfs-instance-1"


def test_what_answers_look_like_follows_and_is_named(server):
    one = server(settings={"auth.api_keys": [key_of("alice")]})
    with one.start(), one.connect() as connection:
        def asked():
            return connection.request(
                "GET", "/v1/whoami", headers={"Origin": "https://app.example", "Accept-Encoding": "gzip"})

        assert asked().header("access-control-allow-origin") is None
        assert connection.request("GET", "/metrics").status == 200
        configure(one, cors__allowed_origins=["https://app.example"], compression__min_bytes="0",
                  metrics__on_main=False)
        taken_up = set(reload(one)["settings"].split(","))
        assert taken_up == {"cors.allowed_origins", "compression.min_bytes", "metrics.on_main"}
        answer = asked()
        assert answer.header("access-control-allow-origin") == "https://app.example"
        assert answer.header("content-encoding") == "gzip"
        assert connection.request("GET", "/metrics").status == 404
        assert count(one, "some settings that changed") == 0


def test_generated_files_are_read_anew(server, tmp_path):
    one = server()
    authority = Authority(tmp_path / "authority")
    certificate, key = authority.issue("mine")
    with one.start():
        old = one.key
        with one.connect(key=old) as connection:
            assert connection.request("GET", "/v1/whoami").status == 200
            replace(certificate, one.data / "server.crt")
            replace(key, one.data / "server.key")
            (one.data / "api-key").write_text("a-key-of-my-own-0123456789\n")
            assert reload(one)["message"] == RELOADED
            assert connection.request("GET", "/v1/whoami").status == 401
        one.context = authority.context
        assert shown_fingerprint(one) == fingerprint(certificate)
        with one.connect() as connection:
            assert connection.request("GET", "/v1/whoami").status == 200
        (one.data / "api-key").unlink()
        assert reload(one)["message"].startswith(REFUSED)
        assert old not in one.output.split("reloaded", 1)[1] and "a-key-of-my-own" not in one.output


def test_a_drain_finishes_every_upload_that_is_under_way(server):
    one = server(settings={"auth.api_keys": [key_of("alice")]})
    with one.start():
        uploads = [one.connect() for _ in range(16)]
        with one.connect(key=None) as idle:
            assert idle.request("GET", "/health").status == 200
            for number, upload in enumerate(uploads):
                upload.send(upload.head("PUT", f"/v1/files/slow{number}", length=10))
                upload.send(b"01234")
            wait_until(lambda: connections_of(one) == 17, 10, "all connections are taken")
            os.kill(one.pid, signal.SIGTERM)
            assert idle.is_closed_by_peer(20)
            with pytest.raises(OSError):
                Connection(one.address, one.tls()).open()
            assert one.is_running()
            for upload in uploads:
                upload.send(b"56789")
                answer = upload.response("PUT")
                assert (answer.status, answer.header("connection")) == (201, "close")
                upload.close()
        assert one.process.wait(20) == 0
        one.process = None
    with one.start(), one.connect() as connection:
        for number in range(len(uploads)):
            assert connection.request("GET", f"/v1/files/slow{number}").body == b"0123456789"


def test_a_second_signal_does_not_wait(server):
    one = server(settings={"auth.api_keys": [key_of("alice")]})
    with one.start(), one.connect() as upload:
        upload.send(upload.head("PUT", "/v1/files/never", [("Expect", "100-continue")], length=10))
        assert upload.response_head()[0] == 100
        os.kill(one.pid, signal.SIGTERM)
        wait_until(lambda: count(one, "stopping") == 1, 10, "the drain began")
        os.kill(one.pid, signal.SIGTERM)
        assert one.process.wait(10) == 0
        assert count(one, "ending at once") == 1
        one.process = None


def connections_of(one):
    """Established connections of the server, from /proc/net/tcp (proc(5))."""
    port = f":{one.port:04X}"
    lines = [line.split() for line in open("/proc/net/tcp").read().splitlines()[1:]]
    return sum(line[1].endswith(port) and line[3] == "01" for line in lines)


def test_secrets_of_links_change_and_the_one_before_is_taken_for_a_while(server):
    first, second = "a-first-secret-of-links-1", "a-second-secret-of-links-2"
    one = server(settings={
        "auth.api_keys": [key_of("alice")], "auth.single_use_link_secret": first,
        "rate_limits": {"downloads": {"per_address": "unlimited"}},
    })

    def make(owner):
        body = json.dumps({"path": "/file", "expiry_seconds": 600})
        answer = owner.request("POST", "/v1/links/generate", body)
        assert answer.status == 201, answer
        return "/download/" + answer.json()["token"]

    with one.start(), one.connect() as owner:
        assert owner.request("PUT", "/v1/files/file", b"bytes").status == 201
        old = [make(owner) for _ in range(3)]
        configure(one, auth__single_use_link_secret=second, auth__single_use_link_secret_previous=first)
        names = reload(one)["settings"]
        assert names == "auth.single_use_link_secret,auth.single_use_link_secret_previous"
        new = make(owner)
        assert owner.request("GET", old[0]).body == b"bytes"
        assert owner.request("GET", new).body == b"bytes"
        new = make(owner)
        del one.settings["auth"]["single_use_link_secret_previous"]
        configure(one)
        assert reload(one)["message"] == RELOADED
        assert owner.request("GET", old[1]).code == "LINK_NOT_FOUND"
        assert owner.request("GET", new).body == b"bytes"
        # Without any, a start would make one and a reload does not.
        del one.settings["auth"]["single_use_link_secret"]
        configure(one)
        assert reload(one)["message"].startswith(REFUSED)
        assert owner.request("GET", make(owner)).body == b"bytes"
        assert first not in one.output and second not in one.output
