"""The second factor: codes that are right for a moment, and once (API-10)."""

from __future__ import annotations

from base64 import b32decode
from pathlib import Path

import pytest
from sqlalchemy import Engine

from segmentry.access import Access, Caller
from segmentry.access.attempts import FREE_OF_ACCOUNT, FREE_OF_CODE
from segmentry.access.second_factor import code_at
from segmentry.base.errors import (
    AccessError,
    BusyError,
    CodeNeeded,
    NotAllowed,
    NotFoundError,
    NotSignedIn,
    SecretError,
)

from .conftest import HERE, OPERATOR, THERE, Clock, add, opened, sign_in


class Device:
    """What shows the codes."""

    def __init__(self, secret: str, clock: Clock) -> None:
        self._secret = b32decode(secret)
        self._clock = clock

    def code(self, steps: int = 0) -> str:
        """The code of now, or some steps away."""
        return code_at(self._secret, int(self._clock.now.timestamp()) // 30 + steps)


@pytest.fixture
def device(access: Access, admin: Caller, clock: Clock) -> Device:
    """The admin's, in use."""
    made = Device(access.second_factors.begin(admin).secret, clock)
    access.second_factors.confirm(admin, made.code())
    clock.go_on(seconds=30)
    return made


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    """The examples of RFC 6238, of whose eight digits ours are the last six."""
    assert code_at(b"12345678901234567890", seconds // 30) == code


def test_a_code_is_needed_and_taken_once(access: Access, device: Device) -> None:
    """Beside the right password; the same code again is refused (API-10)."""
    with pytest.raises(CodeNeeded):
        sign_in(access, "ann")
    code = device.code()
    assert sign_in(access, "ann", code=f"{code[:3]} {code[3:]}")
    with pytest.raises(NotSignedIn, match="used already"):
        sign_in(access, "ann", code=code, address=THERE)
    with pytest.raises(NotSignedIn, match="password is wrong"):
        sign_in(access, "ann", "not the password", code=device.code(1))


def test_clocks_may_differ_by_a_step(access: Access, device: Device, clock: Clock) -> None:
    """Not by more, and not back to a code of before the last (API-10)."""
    clock.go_on(hours=1)
    for wrong in (device.code(-2), device.code(2), "", "12345", "abcdef", "١٢٣٤٥٦"):
        with pytest.raises(NotSignedIn):
            sign_in(access, "ann", code=wrong, address=f"203.0.113.{len(wrong)}")
    assert sign_in(access, "ann", code=device.code(1), address=THERE)
    for before in (device.code(1), device.code(), device.code(-1)):
        with pytest.raises(NotSignedIn):
            sign_in(access, "ann", code=before, address=THERE)


def test_trying_codes_is_slowed_down_from_everywhere(access: Access, device: Device) -> None:
    """As whoever tries them knows the password (API-10)."""
    for number in range(FREE_OF_CODE):
        with pytest.raises(NotSignedIn):
            sign_in(access, "ann", code="000000", address=f"203.0.113.{number}")
    with pytest.raises(BusyError):
        sign_in(access, "ann", code=device.code(), address=THERE)


def test_passwords_alone_do_not_slow_the_codes(access: Access, device: Device) -> None:
    """A stranger without the password keeps nobody out (API-10)."""
    for _ in range(FREE_OF_ACCOUNT):
        with pytest.raises(NotSignedIn):
            sign_in(access, "ann", "not the password", code="000000", address=HERE)
    assert sign_in(access, "ann", code=device.code(), address=THERE)


def test_recovery_codes_stand_in_once(access: Access, admin: Caller, clock: Clock) -> None:
    """Each, for who lost the device; however it is typed."""
    made = Device(access.second_factors.begin(admin).secret, clock)
    codes = access.second_factors.confirm(admin, made.code())
    assert len(set(codes)) == 10
    assert sign_in(access, "ann", code=f" {codes[0].upper()} ")
    with pytest.raises(NotSignedIn):
        sign_in(access, "ann", code=codes[0])
    assert access.second_factors.recovery_codes_left(admin.id) == 9
    bob = add(access, admin, "bob", "viewer")
    caller = sign_in(access, "bob").signed_in.caller
    other = Device(access.second_factors.begin(caller).secret, clock)
    access.second_factors.confirm(caller, other.code())
    with pytest.raises(NotSignedIn):
        sign_in(access, "bob", code=codes[1])
    assert access.second_factors.counts_for(bob.id)


def test_it_counts_once_it_is_confirmed(access: Access, admin: Caller, clock: Clock) -> None:
    """Until then the password does, and beginning again gives another secret."""
    first = access.second_factors.begin(admin)
    enrolment = access.second_factors.begin(admin)
    assert first.secret != enrolment.secret
    assert enrolment.uri == (
        f"otpauth://totp/Segmentry:ann%40example.com?secret={enrolment.secret}&issuer=Segmentry"
    )
    assert sign_in(access, "ann")
    device = Device(enrolment.secret, clock)
    with pytest.raises(AccessError, match="wrong"):
        access.second_factors.confirm(admin, Device(first.secret, clock).code())
    access.second_factors.confirm(admin, device.code())
    with pytest.raises(NotSignedIn):
        sign_in(access, "ann", code=device.code())  # taken when it was confirmed
    for again in (
        lambda: access.second_factors.begin(admin),
        lambda: access.second_factors.confirm(admin, device.code(1)),
    ):
        with pytest.raises(AccessError):
            again()


def test_who_may_end_it(access: Access, admin: Caller, device: Device) -> None:
    """Its user, or who administers users; then the password is enough again."""
    add(access, admin, "bob", "viewer")
    bob = sign_in(access, "bob").signed_in.caller
    with pytest.raises(NotAllowed):
        access.second_factors.end(bob, admin.id)
    with pytest.raises(NotFoundError):
        access.second_factors.end(bob, bob.id)
    with pytest.raises(NotAllowed, match="signed in"):
        access.second_factors.begin(OPERATOR)
    access.second_factors.end(OPERATOR, admin.id)
    assert sign_in(access, "ann")
    assert access.secrets.names() == []


def test_without_the_key_a_recovery_code_lets_in(
    access: Access, admin: Caller, app: Engine, tmp_path: Path, clock: Clock
) -> None:
    """A code cannot be compared, and that is said (OPS-10)."""
    device = Device(access.second_factors.begin(admin).secret, clock)
    codes = access.second_factors.confirm(admin, device.code())
    (tmp_path / "secret.key").unlink()
    after = opened(app, tmp_path, clock)
    with pytest.raises(SecretError, match="is missing"):
        sign_in(after, "ann", code=device.code(1))
    assert sign_in(after, "ann", code=codes[0])
