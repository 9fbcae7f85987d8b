"""Signatures: missing, wrong, late, used; each scheme as the platform's gateways compute it (invariant 34)."""
from datetime import timedelta
from hashlib import sha256

import pytest

from casework.api import signing
from casework.api.faults import Problem

SECRET, NONCE, BODY = "k" * 64, "nonce-0001", b'{"infno":"9001"}'


def headers(at, scheme="tif", body=BODY, nonce=NONCE, **changed):
    stamp = str(int(at.timestamp()))
    made = signing.SCHEMES[scheme].sign(SECRET, stamp, nonce, body)
    given = {"paasid": "key1", "timestamp": stamp, "nonce": nonce, "signature": made} | changed
    return {f"x-tif-{name}": value for name, value in given.items() if value}


def refused(act):
    with pytest.raises(Problem) as problem:
        act()
    return problem.value.status, problem.value.first.code


class TestHeaders:
    @pytest.mark.parametrize("name", ["paasid", "timestamp", "nonce", "signature"])
    def test_each_must_be_there(self, name, at):
        assert refused(lambda: signing.headers_of(headers(at, **{name: ""}), at)) == (401, "SIGN_MISSING")

    @pytest.mark.parametrize("seconds", [-300, 300])
    def test_five_minutes_either_way_are_in_time(self, at, seconds):
        assert signing.headers_of(headers(at), at + timedelta(seconds=seconds)).nonce == NONCE

    @pytest.mark.parametrize("seconds", [-301, 301, 600])
    def test_more_is_not_and_the_servers_time_is_told(self, at, seconds):
        with pytest.raises(Problem) as problem:
            signing.headers_of(headers(at), at + timedelta(seconds=seconds))
        assert problem.value.first.code == "CLOCK_SKEW"
        assert problem.value.first.wanted == f"server_time {int(at.timestamp()) + seconds}"

    @pytest.mark.parametrize("changed", [{"timestamp": "today"}, {"timestamp": "\uff11" * 10}, {"nonce": "short"}])
    def test_what_cannot_be_read_is_refused(self, at, changed):
        assert refused(lambda: signing.headers_of(headers(at, **changed), at)) == (401, "SIGN_INVALID")


class TestSignatures:
    def test_tif_is_the_gateways_sum(self):
        made = signing.SCHEMES["tif"].sign("token", "1762133400", "abc", b"")

        assert made == sha256(b"1762133400tokenabc1762133400").hexdigest()

    @pytest.mark.parametrize("scheme", ["tif", "hmac"])
    def test_the_old_key_is_good_beside_the_new_one(self, scheme, at):
        signed = signing.headers_of(headers(at, scheme), at)

        signing.verify(scheme, signed, ["new" * 20, SECRET], BODY, lambda: True)

    def test_hmac_covers_the_body(self, at):
        signed = signing.headers_of(headers(at, "hmac"), at)

        assert refused(lambda: signing.verify("hmac", signed, [SECRET], b"{}", lambda: True)) == (401, "SIGN_INVALID")

    def test_a_nonce_serves_once(self, at):
        signed = signing.headers_of(headers(at), at)

        assert refused(lambda: signing.verify("tif", signed, [SECRET], BODY, lambda: False)) == (409, "NONCE_USED")

    def test_a_wrong_signature_uses_up_no_nonce(self, at):
        used = []
        signed = signing.headers_of(headers(at, signature="0" * 64), at)

        assert refused(lambda: signing.verify("tif", signed, [SECRET], BODY, lambda: used.append(1))) == (
            401, "SIGN_INVALID"
        )
        assert used == []

    def test_keys_differ_by_purpose_name_and_generation(self):
        made = {signing.derived_secret(*asked) for asked in [
            ("message", "a", 1), ("message", "a", 2), ("message", "b", 1), ("webhook", "a", 1),
        ]}

        assert len(made) == 4
