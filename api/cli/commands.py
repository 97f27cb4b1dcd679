"""The list of verbs and groups."""

from __future__ import annotations

import typer

from api.cli import (
    agency_group,
    agent_command,
    audit_group,
    certify_command,
    database,
    delegation_group,
    demo,
    doctor,
    key_link,
    keys_group,
    ocr_command,
    register_group,
    renew_group,
    serve,
    sign_files,
    sign_group,
    trust_group,
    user_group,
    vault_group,
    verify,
)


def add_commands(app: typer.Typer) -> None:
    """Add every verb and group to the command line, in the order of the help."""
    app.command("certify")(certify_command.certify)
    app.command("seal")(sign_files.seal)
    app.command("extend")(sign_files.extend)
    app.command("verify")(verify.verify)
    sign_group.group.command("files")(sign_files.sign_files)
    app.add_typer(sign_group.group, name="sign", help="Sign PDF files, also with a key in other hands.")
    app.command("ocr")(ocr_command.ocr)
    app.command("quality")(ocr_command.quality)
    app.command("token-agent")(agent_command.token_agent)
    app.command("serve")(serve.serve)
    app.command("worker")(serve.worker)
    app.command("demo")(demo.demo)
    app.command("doctor")(doctor.doctor)
    app.add_typer(database.group, name="db", help="The home and its database.")
    keys_group.group.command("link")(key_link.link)
    app.add_typer(keys_group.group, name="key", help="Signing keys and their certificates.")
    app.add_typer(renew_group.group, name="renew", help="Archive time-stamps of the copies.")
    app.add_typer(agency_group.group, name="agency", help="The offices that certify.")
    app.add_typer(user_group.group, name="user", help="The people of an agency.")
    app.add_typer(delegation_group.group, name="delegation", help="Who may certify, and by which decision.")
    app.add_typer(register_group.group, name="register", help="The register of certifications.")
    app.add_typer(vault_group.group, name="vault", help="Papers in a holder's vault.")
    app.add_typer(audit_group.group, name="audit", help="What lets others check this office: static site, proofs.")
    app.add_typer(trust_group.group, name="trust", help="Whom verdicts rest on: roots, trusted lists, bundles.")
