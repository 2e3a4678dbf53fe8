"""Prove stock, orders, payments and ledger against each other; exit 1 and name the rows when they disagree."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from marketplace.settlement.books.check import Finding, books_check
from marketplace.settlement.books.every import CHECKS


class Command(BaseCommand):
    """``manage.py check_books [--json]``"""

    help = "Prove stock, orders, payments and ledger against each other by plain SQL; exits 1 on any breach."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="write one JSON object instead of a table")

    def handle(self, *_args: Any, **options: Any) -> None:
        findings = books_check(CHECKS)
        num_breaches = sum(finding.num_breaches for finding in findings)
        if options["json"]:
            self.stdout.write(json.dumps(_document(findings, num_breaches), ensure_ascii=False, indent=2))
        else:
            self._table(findings, num_breaches)
        if num_breaches:
            sys.exit(1)

    def _table(self, findings: list[Finding], num_breaches: int) -> None:
        width = max(len(finding.check.key) for finding in findings)
        for finding in sorted(findings, key=lambda finding: (int(finding.check.invariant[1:]), finding.check.key)):
            check = finding.check
            verdict = "ok" if not finding.num_breaches else f"{finding.num_breaches} WRONG"
            self.stdout.write(
                f"{check.invariant:4}{check.key:{width + 2}}{finding.num_rows:>9,}  {verdict:<9} {check.says}"
            )
            for breach in finding.breaches:
                self.stdout.write(f"      ! {breach.row}: {breach.detail}")
            if finding.num_breaches > len(finding.breaches):
                self.stdout.write(f"      ! and {finding.num_breaches - len(finding.breaches)} more")
        if num_breaches:
            self.stdout.write(f"{num_breaches} rows disagree. Nothing was changed; see docs/how_to/check_books.md.")
        else:
            self.stdout.write(f"The books agree: {len(findings)} checks, no breach.")


def _document(findings: list[Finding], num_breaches: int) -> dict[str, Any]:
    return {
        "agree": num_breaches == 0,
        "num_breaches": num_breaches,
        "checks": [
            {
                "key": finding.check.key,
                "invariant": finding.check.invariant,
                "says": finding.check.says,
                "num_rows": finding.num_rows,
                "num_breaches": finding.num_breaches,
                "breaches": [{"row": breach.row, "detail": breach.detail} for breach in finding.breaches],
            }
            for finding in findings
        ],
    }
