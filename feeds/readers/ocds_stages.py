"""What an OCDS process has reached, from its tags, states, bids and dates: a release becomes a package of the indicators. Pure."""

from datetime import datetime, tzinfo

from feeds.indicators.procurement import Award, Contract, Package, Stage
from feeds.readers.ocds import Release

DEAD = ("cancelled", "unsuccessful", "withdrawn")
NOT_YET = ("planning", "planned")


def package_of(release: Release, at: datetime) -> Package:
    """One merged release as the package it was at ``at`` (aware)."""
    awards = tuple(award for award in release.awards.values() if _is_decided(award))
    contracts = tuple(contract for contract in release.contracts.values() if _is_signed(contract))
    return Package(
        id=release.ocid,
        stage=_stage(release, at, bool(awards), bool(contracts)),
        is_live=release.tender_status not in DEAD or bool(contracts),
        dated_at=release.dated_at,
        planned_at=release.opens_at,
        rup_codes=release.rup_codes,
        budget=release.budget,
        estimate=release.estimate,
        awards=awards,
        contracts=contracts,
        fault=release.fault,
    )


def fiscal_year(release: Release, zone: tzinfo) -> int | None:
    """The year a package belongs to: its budget's, else that of its planned start, work, award, or of the release itself."""
    times = (release.budget_at, release.opens_at, release.works_at, release.awarded_at, release.dated_at)
    first = next((at for at in times if at is not None), None)
    return first.astimezone(zone).year if first is not None else None


def _stage(release: Release, at: datetime, is_awarded: bool, is_signed: bool) -> Stage:
    if is_signed:
        return Stage.KONTRAK
    if is_awarded:
        return Stage.PENETAPAN
    is_dead = release.tender_status in DEAD
    is_closed = release.closes_at is not None and release.closes_at <= at
    if release.awards or release.tender_status == "complete":
        return Stage.EVALUASI
    if release.bidders:
        return Stage.EVALUASI if is_closed and not is_dead else Stage.PENAWARAN
    if not _is_announced(release, at):
        return Stage.RENCANA
    if is_closed and not is_dead:
        return Stage.EVALUASI
    return Stage.PENAWARAN if release.opens_at is not None and release.opens_at <= at else Stage.PENGUMUMAN


def _is_announced(release: Release, at: datetime) -> bool:
    """Its state says so; without one the tag, or in a compiled release a start that has passed."""
    if release.tender_status in NOT_YET:
        return False
    if release.tender_status:
        return True
    if any(tag.startswith(("tender", "award", "contract")) for tag in release.tags):
        return True
    return "compiled" in release.tags and release.has_tender and release.opens_at is not None and release.opens_at <= at


def _is_decided(award: Award) -> bool:
    """An award without a state (early publishers) counts when it has a value."""
    return award.state == "active" or (not award.state and award.value is not None and award.value.amount > 0)


def _is_signed(contract: Contract) -> bool:
    """A pending contract counts once it carries the date of its signature."""
    return contract.state in ("active", "terminated", "") or (contract.state == "pending" and contract.signed_at is not None)
