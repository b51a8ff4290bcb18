"""``zoturi purge`` and ``zoturi doctor``: the care of a folder that serves."""

from __future__ import annotations

import argparse

from zoturi import settings
from zoturi.actions import audits, demo, doctor, upkeep
from zoturi.cli.ground import load_site, must_exist, with_database


def offer(commands) -> None:
    """Add ``purge`` and ``doctor`` to the parser."""
    purge = commands.add_parser("purge", help="delete now what is kept no longer (also while serving); prints counts")
    purge.set_defaults(run=_purge)
    command = commands.add_parser("doctor", help="check configuration, keys, database, clock, file rights, mail, Redis")
    command.set_defaults(run=_doctor)


def _purge(given: argparse.Namespace) -> int:
    chosen = settings.load()
    must_exist(chosen)

    async def work(db):
        site = load_site(chosen, demo_site=await db.read(demo.kind_of_folder) == "demo")
        await db.write(upkeep.trust_clock)
        total: dict[str, int] = {}
        while True:
            await db.write(audits.seal)
            counts = await db.write(upkeep.purge_slice, site)
            for name, count in counts.items():
                total[name] = total.get(name, 0) + count
            if not any(counts.values()):
                break
        total["week keys"] = len(await db.write(upkeep.destroy_old_keys, chosen.backup_days))
        await db.tidy()
        return total

    for name, count in with_database(chosen, work).items():
        print(f"{name}: {count}")
    return 0


def _doctor(given: argparse.Namespace) -> int:
    chosen = settings.load()
    findings = doctor.examine(chosen, lambda: load_site(chosen, demo_site=doctor.is_demo(chosen)))
    for finding in findings:
        print(f"{'ok  ' if finding.sound else 'BAD '} {finding.what}")
    return 0 if all(finding.sound for finding in findings) else 1
