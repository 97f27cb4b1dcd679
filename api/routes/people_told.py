"""Agencies and people as they are told, each with the version that a change of it names."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import Response

from api.acts.establishment import version_of
from api.routes.depends import etag, reply
from api.schemas.administration import AgencyTold, ColleagueTold
from api.schemas.wire import Sentence
from certify import Agency, StaffMember


def agency_reply(one: Agency, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Tell an agency with its version."""
    return reply(agency_told(one), status=status, headers={"ETag": etag(version_of(one)), **(headers or {})})


def person_reply(one: StaffMember, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Tell a member of staff with the version of the entry."""
    return reply(person_told(one), status=status, headers={"ETag": etag(version_of(one)), **(headers or {})})


def agency_told(one: Agency) -> AgencyTold:
    """An agency as it is told."""
    return AgencyTold(
        code=one.code,
        name=Sentence(vi=one.name_vi, en=one.name_en, fr=one.name_fr),
        level=one.level,
        parent_code=one.parent_code,
        seal_key_id=one.seal_key_id,
        valid_from=one.valid_from,
        valid_to=one.valid_to,
    )


def person_told(one: StaffMember) -> ColleagueTold:
    """A member of staff as they are told."""
    return ColleagueTold(
        staff_id=one.staff_id,
        agency_code=one.agency_code,
        name=one.display_name,
        position=one.position,
        roles=sorted(role.value for role in one.roles),
        key_id=one.key_id,
        left_at=one.left_at,
    )
