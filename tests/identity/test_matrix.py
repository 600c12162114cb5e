"""Who may do what, written down a second time by hand: every role, every permission, own and other agency."""

from feeds.reports.roles import Actor, Permission, Role, may

# One line a permission. Columns: operator lead opd head mayor field collector admin citizen.
# A: always. O: reports of the own agency alone. -: never.
TABLE = """
submit          A A - - - - A - A
see_queue       A A O A A O - - -
see_person      A A - - - - - - -
see_figures     A A O A A - - - -
claim           A A - - - - - - -
take_over       - A - - - - - - -
triage          A A - - - - - - -
forward         A A O - - - - - -
accept          A A O - - O - - -
progress        A A O - - O - - -
finish          A A O - - O - - -
exempt          - A - - - - - - -
answer          A A O - - - - - -
decline         A A - - - - - - -
merge           A A - - - - - - -
invalidate      A A - - - - - - -
reopen          A A - - - - - - -
prioritise      A A - - - - - - -
note            A A O - - O - - -
instruct        - A - O A - - - -
pass_picture    A A - - - - - - -
arrange_wall    A A - - - - - - -
see_mirror      A A - O A - - - -
see_audit       - A - - - - - A -
manage_users    - - - - - - - A -
"""
ROLES = ["operator", "lead", "opd", "head", "mayor", "field", "collector", "admin", "citizen"]


def test_every_role_times_every_permission_times_own_and_other_agency() -> None:
    rows = {line.split()[0]: dict(zip(ROLES, line.split()[1:], strict=True)) for line in TABLE.strip().splitlines()}
    assert set(rows) == {str(one) for one in Permission} and set(ROLES) == {str(one) for one in Role}
    wrong: list[str] = []
    for permission in Permission:
        for role in Role:
            actor = Actor(id="rina", role=role, agency="dlh")
            wanted = rows[permission][role]
            for agency, is_own in (("dlh", True), ("dishub", False), (None, False)):
                allowed = wanted == "A" or (wanted == "O" and is_own)
                if may(actor, permission, agency=agency) != allowed:
                    wrong.append(f"{role} {permission} agency {agency}: wanted {allowed}")
    assert not wrong, wrong


def test_a_field_officer_touches_what_is_given_to_them_or_to_nobody_of_their_agency() -> None:
    officer = Actor(id="joko", role=Role.FIELD, agency="dlh")
    for given_to, allowed in (("joko", True), (None, True), ("tono", False)):
        assert may(officer, Permission.FINISH, agency="dlh", officer=given_to) is allowed
    assert not may(officer, Permission.FINISH, agency="dishub", officer="joko")


def test_who_has_no_agency_has_no_own_reports() -> None:
    for role, permission in ((Role.OPD, Permission.SEE_QUEUE), (Role.FIELD, Permission.SEE_QUEUE), (Role.HEAD, Permission.INSTRUCT)):
        assert not may(Actor(id="x", role=role), permission, agency=None)


def test_away_from_the_room_nobody_does_more_than_look() -> None:
    looks = {Permission.SEE_QUEUE, Permission.SEE_FIGURES, Permission.SEE_MIRROR}
    for role in Role:
        for permission in Permission:
            there, away = (Actor(id="x", role=role, agency="dlh", is_away=is_away) for is_away in (False, True))
            allowed = may(there, permission, agency="dlh") and permission in looks
            assert may(away, permission, agency="dlh") is allowed, (role, permission)
