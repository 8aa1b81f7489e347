"""What companies are called, edited by administrators."""

from __future__ import annotations

from monitor_dashboard.frame import Frame


def add_company(frame: Frame) -> None:
    """To come."""


def edit(frame: Frame, company_id: str) -> None:
    """To come."""
