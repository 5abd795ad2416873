"""Certificates of every state that a server may be started with, made by openssl(1)."""

import subprocess
from datetime import datetime, timedelta, timezone

SUBJECT = "/CN=localhost"
NAMES = "subjectAltName=DNS:localhost,IP:127.0.0.1"


def openssl(*arguments, folder):
    subprocess.run(["openssl", *map(str, arguments)], cwd=folder, check=True, capture_output=True, timeout=30)


def make(folder, first=timedelta(days=-1), last=timedelta(days=30)):
    """Paths of a self-signed certificate and its key, valid between two moments relative to now."""
    folder.mkdir(parents=True, exist_ok=True)
    key, request, certificate = folder / "pair.key", folder / "pair.csr", folder / "pair.crt"
    openssl(
        "req",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-keyout",
        key,
        "-out",
        request,
        "-subj",
        SUBJECT,
        folder=folder,
    )
    now = datetime.now(timezone.utc)
    stamp = "%y%m%d%H%M%SZ"
    for name, text in (
        ("index.txt", ""),
        ("serial", "01\n"),
        ("names", NAMES + "\nbasicConstraints=CA:TRUE\n"),
        (
            "ca.cnf",
            "[ca]\ndefault_ca = it\n[it]\ndatabase = index.txt\nserial = serial\nnew_certs_dir = .\n"
            "default_md = sha256\npolicy = any\n[any]\ncommonName = supplied\n",
        ),
    ):
        (folder / name).write_text(text)
    openssl(
        "ca",
        "-batch",
        "-config",
        "ca.cnf",
        "-selfsign",
        "-keyfile",
        key,
        "-in",
        request,
        "-out",
        certificate,
        "-extfile",
        "names",
        "-notext",
        "-startdate",
        (now + first).strftime(stamp),
        "-enddate",
        (now + last).strftime(stamp),
        folder=folder,
    )
    key.chmod(0o600)
    return certificate, key
