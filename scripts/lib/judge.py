"""Judges of the running server that others wrote. Called by scripts/judge, whose --help says what each is."""

import json
import os
import re
import subprocess
import sys
import tempfile
from configparser import ConfigParser
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "Tests" / "Acceptance"))

from harness.server import Server  # noqa: E402

KEY = "a-key-for-the-judges-0123456789"
HSTS_SECONDS_MIN = 63_072_000
TOOLS = Path(sys.executable).parent
RESULTS = REPOSITORY / ".build" / "judges-results"


def run(*arguments, seconds=300, **more):
    return subprocess.run(
        [str(argument) for argument in arguments], capture_output=True, text=True, timeout=seconds, **more
    )


def make_server(folder, **settings):
    binary = os.environ.get("CALLFS_BINARY", REPOSITORY / ".build" / "release" / "callfs")
    settings = {"auth.api_keys": [KEY], "log.access": False, **settings}
    return Server(binary, folder / "server", settings=settings)


def fill(one):
    with one.connect() as connection:
        for path, content in [
            ("docs/hello.txt", b"Hello, world.\n" * 2000), ("docs/big", os.urandom(1 << 20) * 8)
        ]:
            answer = connection.request(
                "PUT", f"/v1/files/{path}", content, headers={"content-type": "text/plain"})
            assert answer.status == 201, answer


# MARK: TLS


def certificates(folder):
    """A test authority and a certificate of it for localhost: (authority, chain, key)."""

    def openssl(*arguments):
        done = run("openssl", *arguments, cwd=folder)
        assert done.returncode == 0, done.stderr

    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl("req", "-x509", *curve, "-keyout", "ca.key", "-out", "ca.crt", "-subj", "/CN=judges",
            "-days", "30", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    openssl("req", *curve, "-keyout", "leaf.key", "-out", "leaf.csr", "-subj", "/CN=localhost")
    # What RFC 5280 wants of both, and sslyze's checker insists on.
    (folder / "names").write_text(
        "subjectAltName=DNS:localhost,IP:127.0.0.1\n"
        "extendedKeyUsage=serverAuth\nkeyUsage=digitalSignature\n"
        "basicConstraints=critical,CA:FALSE\nauthorityKeyIdentifier=keyid\nsubjectKeyIdentifier=hash\n")
    openssl("x509", "-req", "-in", "leaf.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial",
            "-days", "30", "-extfile", "names", "-out", "leaf.crt")
    (folder / "leaf.key").chmod(0o600)
    return folder / "ca.crt", folder / "leaf.crt", folder / "leaf.key"


def judge_tls(folder):
    import ssl

    authority, certificate, key = certificates(folder)
    one = make_server(folder, **{"server.cert_file": str(certificate), "server.key_file": str(key)})
    one.context = ssl.create_default_context(cafile=str(authority))
    findings = []
    with one.start():
        done = run(TOOLS / "sslyze", f"localhost:{one.port}{{127.0.0.1}}", "--mozilla_config=intermediate",
                   "--certinfo", f"--certinfo_ca_file={authority}")
        (RESULTS / "sslyze.txt").write_text(done.stdout + done.stderr)
        if "OK - Compliant" not in done.stdout or done.returncode != 0:
            tail = done.stdout[done.stdout.rfind("COMPLIANCE"):] or done.stderr
            lines = [line.strip() for line in tail.splitlines() if line.strip()]
            findings += lines or ["sslyze said nothing"]
        with one.connect() as connection:
            policy = connection.request("GET", "/health").header("strict-transport-security", "")
        age = re.search(r"max-age=(\d+)", policy)
        if not age or int(age[1]) < HSTS_SECONDS_MIN:
            findings.append(f"HSTS is {policy!r}; Mozilla asks for {HSTS_SECONDS_MIN} seconds")
    return findings, "sslyze, Mozilla intermediate"


# MARK: Slow clients

SLOW_TESTS = {
    "slow headers": ["-H", "-i", "5", "-x", "24"],
    "slow body": ["-B", "-i", "5", "-s", "8192", "-x", "10", "-t", "PUT"],
    "ranges": ["-R", "-t", "GET", "-a", "10", "-b", "3000"],
    "slow read": ["-X", "-w", "512", "-y", "1024", "-n", "5", "-z", "32", "-k", "3"],
}


def judge_slow(folder):
    one = make_server(folder)
    findings = []
    with one.start():
        fill(one)
        # The tool has no option for a key; what is given as a cookie ends in a field of its own.
        credentials = f"a=b\r\nAuthorization: Bearer {KEY}"
        for name, arguments in SLOW_TESTS.items():
            path = "docs/slow" if name == "slow body" else "docs/big"
            # Not faster than 50 connections a second: the tool and the server share the cores.
            done = run("slowhttptest", *arguments, "-c", "500", "-r", "50", "-l", "25", "-p", "3", "-v", "1",
                       "-u", f"{one.url}/v1/files/{path}", "-j", credentials)
            text = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout + done.stderr)
            (RESULTS / f"{name}.txt").write_text(text)
            verdicts = re.findall(r"service available:\s*(\w+)", text)
            if not verdicts:
                findings.append(f"{name}: no verdict: {text[-200:]!r}")
            elif set(verdicts) != {"YES"}:
                findings.append(f"{name}: not available in {verdicts.count('NO')} of {len(verdicts)} looks")
            print(f"  {name}: available in {verdicts.count('YES')} of {len(verdicts)} looks")
        if not one.is_running():
            findings.append(f"the server ended: {one.output[-500:]}")
    return findings, "slowhttptest"


# MARK: HTTP


def judge_red(folder):
    one = make_server(folder, **{"server.protocol": "http"})
    findings = []
    with one.start():
        fill(one)
        for target, headers in [
            ("/v1/files/docs/hello.txt", []),
            ("/v1/files/docs/hello.txt", [("Range", "bytes=10-99")]),
            ("/v1/files/docs", []),
            ("/v1/directories/docs", []),
            ("/v1/files/missing", []),
            ("/health", []),
        ]:
            done = run(sys.executable, __file__, "--red", f"http://127.0.0.1:{one.port}{target}",
                       json.dumps([("Authorization", f"Bearer {KEY}"), *headers]), seconds=60)
            label = target + "".join(f" ({name}: {value})" for name, value in headers)
            notes = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
            if done.returncode != 0 or not notes:
                findings.append(f"{label}: REDbot did not finish: {done.stderr[-300:]!r}")
            for note in notes:
                if note["level"] == "bad":
                    findings.append(f"{label}: {note['text']}")
                elif note["level"] == "warning":
                    print(f"  warning, {label}: {note['text']}")
    return findings, "REDbot"


def look_by_red(url, headers):
    """One resource, in a process of its own because thor's loop runs once; prints a line of JSON a note."""
    import thor
    from redbot.resource import HttpResource

    configuration = ConfigParser()
    configuration.read_dict({"redbot": {"enable_local_access": "True"}})
    resource = HttpResource(configuration["redbot"])
    resource.set_request(url, headers=[tuple(header) for header in headers])
    thor.events.on(resource, "check_done")(lambda: thor.stop())
    resource.check()
    thor.run()
    for fetcher in [resource, *resource.subreqs.values()]:
        for note in fetcher.response.notes:
            level = str(getattr(note.level, "value", note.level))
            print(json.dumps({"level": level.split(".")[-1].lower(), "text": str(note.summary)}))
    print(json.dumps({"level": "end", "text": str(resource.response.status_code)}))


# MARK: The description


def judge_schema(folder):
    one = make_server(folder, **{"server.protocol": "http"})
    with one.start():
        fill(one)
        with one.connect() as connection:
            if connection.request("GET", "/openapi.json").status != 200:
                return ["there is no /openapi.json"], "schemathesis"
        examples, seconds = os.environ.get("CALLFS_SCHEMA_EXAMPLES"), os.environ.get("CALLFS_SCHEMA_SECONDS")
        extent = ["--max-examples", examples] if examples else ["--max-time", seconds or "120"]
        settings = REPOSITORY / "scripts" / "lib" / "schemathesis.toml"
        done = run(TOOLS / "schemathesis", "--config-file", settings, "run", f"{one.url}/openapi.json", "-H",
                   f"Authorization: Bearer {KEY}", "--phases", "examples,coverage,fuzzing,stateful", *extent,
                   "--exclude-checks", "positive_data_acceptance", "--seed", "1",
                   "--generation-database", "none", "--suppress-health-check", "filter_too_much,too_slow",
                   "--continue-on-failure", cwd=folder, seconds=1800,
                   env={**os.environ, "SCHEMATHESIS_HOOKS": str(REPOSITORY / "scripts/lib/schema_hooks.py")})
        (RESULTS / "schemathesis.txt").write_text(done.stdout + done.stderr)
        if done.returncode == 0:
            return [], "schemathesis"
        end = done.stdout.rfind("SUMMARY")
        print(done.stdout[:20_000] if os.environ.get("CALLFS_VERBOSE") else done.stdout[end - 60 :])
        names = re.findall(r"^- (.+)$", done.stdout, re.MULTILINE)
        counts = {name: names.count(name) for name in names}
        return [f"{name} ({count})" for name, count in counts.items()] or [done.stderr[-500:]], "schemathesis"


# MARK: Metrics


def judge_metrics(folder):
    one = make_server(folder)
    with one.start():
        fill(one)
        with one.connect(key=None) as connection:
            answer = connection.request("GET", "/metrics")
    if answer.status != 200:
        return [f"/metrics answers with {answer.status}"], "promtool"
    done = run("promtool", "check", "metrics", input=answer.body.decode())
    findings = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    if done.returncode != 0 and not findings:
        findings = [f"promtool ended with {done.returncode}"]
    done = run("promtool", "check", "rules", REPOSITORY / "docs" / "alerts.yml")
    if done.returncode != 0:
        findings += [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    return findings, "promtool"


JUDGES = {
    "tls": judge_tls, "slow": judge_slow, "red": judge_red, "schema": judge_schema, "metrics": judge_metrics,
}


def main(names):
    if "quick" in names:
        names = [name for name in JUDGES if name != "slow"]
        os.environ.setdefault("CALLFS_SCHEMA_EXAMPLES", "5")
    names = list(JUDGES) if "all" in names else names
    found = 0
    RESULTS.mkdir(parents=True, exist_ok=True)
    for name in names:
        with tempfile.TemporaryDirectory(prefix="callfs-judge-") as folder:
            findings, judge = JUDGES[name](Path(folder))
        for finding in findings:
            print(f"  {finding}")
        print(f"{name}: {judge}: {len(findings)} findings" if findings else f"{name}: {judge}: no finding")
        found += len(findings)
    return 1 if found else 0


if __name__ == "__main__":
    if sys.argv[1] == "--red":
        look_by_red(sys.argv[2], json.loads(sys.argv[3]))
    else:
        sys.exit(main(sys.argv[1:]))
