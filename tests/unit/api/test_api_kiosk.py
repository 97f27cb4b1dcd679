"""The kiosk answers from the catalogue, by rules; and a citizen books a time on the page."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from api.acts.kiosk import find_by_question
from certify.counter import TicketState, board_of, call_next, take_ticket
from certify.desk_tables import tickets
from certify.errors import GuardRefused
from dossiers import Procedure, load_catalogue
from tests.running import Running

KNOWN: tuple[Procedure, ...] = load_catalogue().in_force(date(2026, 11, 22))


@pytest.mark.parametrize(
    "question",
    [
        "đăng ký cho con vào mẫu giáo",
        "dang ky mau giao",
        "I want to register my child for KINDERGARTEN",
        "inscription à la maternelle",
    ],
)
def test_a_question_in_ones_own_words_finds_the_procedure_in_every_language(question: str) -> None:
    assert find_by_question(KNOWN, question)[0].procedure_id == "SAMPLE-KINDERGARTEN"


@pytest.mark.parametrize("question", ["", "…", "zzzz qqqq", "?" * 200])
def test_a_question_that_fits_nothing_finds_nothing(question: str) -> None:
    assert find_by_question(KNOWN, question) == ()


def test_at_most_three_procedures_are_offered() -> None:
    assert len(find_by_question(KNOWN, "đăng ký cấp giấy phép cho con")) <= 3


@pytest.mark.slow
class TestServed:
    """Behind these stands a served office."""

    def test_kiosk_says_what_is_asked_for_and_how_to_take_it_along(self, running: Running) -> None:
        with running.client() as anybody:
            answer = anybody.get("/kiosk", params={"ask": "mau giao", "lang": "vi"})
            assert answer.status_code == 200
            assert "Đăng ký học mẫu giáo cho con" in answer.text
            assert "/p/SAMPLE-KINDERGARTEN/qr.svg" in answer.text
            nothing = anybody.get("/kiosk", params={"ask": "<script>zzzz"})
            assert "Không tìm thấy thủ tục nào" in nothing.text
            assert "<script>zzzz" not in nothing.text
            assert anybody.get("/kiosk", params={"ask": "x" * 201}).status_code == 422

    def test_numbers_are_given_and_called_in_order_and_the_board_names_nobody(self, running: Running) -> None:
        with running.officer() as clerk, running.client() as anybody:
            secret = {"csrf_token": clerk.headers["X-CSRF-Token"]}
            assert anybody.get("/board/THIDU/now").json()["lines"] == []
            for _ in range(3):
                assert clerk.post("/staff/tickets", data=secret).status_code == 303
            for desk in ("1", "2"):
                assert clerk.post("/staff/tickets/call", data=secret | {"desk": desk}).status_code == 303
            now = anybody.get("/board/THIDU/now", params={"lang": "en"}).json()
            assert now == {"lines": ["Number 2 · desk 2", "Number 1 · desk 1"], "waiting": "1 waiting"}
            assert clerk.post("/staff/tickets/call", data=secret | {"desk": " "}).status_code == 422
            # Nobody waits any more after the third, and another agency has its own numbers.
            for _ in range(2):
                clerk.post("/staff/tickets/call", data=secret | {"desk": "1"})
            assert anybody.get("/board/THIDU/now").json()["lines"][0].startswith("Số 3")
            assert anybody.get("/board/THIDU-EDU/now").json()["lines"] == []
            assert anybody.get("/board/NOWHERE").status_code == 404
            assert anybody.post("/staff/tickets").status_code == 401

    def test_two_clerks_never_call_the_same_number_and_a_day_has_an_end(self, running: Running) -> None:
        services = running.services
        at = services.clock.now()
        day = services.law.local_date(at) + timedelta(days=400)
        with services.database.transaction() as tx:
            given = [take_ticket(tx, agency_code="THIDU", day=day, at=at).number for _ in range(3)]
            called = [call_next(tx, agency_code="THIDU", day=day, desk=desk, at=at) for desk in ("1", "2", "1", "2")]
            shown = board_of(tx, agency_code="THIDU", day=day)
            tx.execute(
                tickets.update().where(tickets.c.day == day.isoformat(), tickets.c.number == 3).values(number=999)
            )
            with pytest.raises(GuardRefused, match="no more numbers"):
                take_ticket(tx, agency_code="THIDU", day=day, at=at)
        assert given == [1, 2, 3]
        assert [one and one.number for one in called] == [1, 2, 3, None]
        assert shown.waiting == 0
        assert {one.number: one.state for one in shown.called}[1] is TicketState.SERVED

    def test_an_appointment_is_booked_on_the_page_and_a_closed_hour_is_refused(self, running: Running) -> None:
        services = running.services
        calendar = services.law.calendar
        day = calendar.next_working_day(services.law.local_date(services.clock.now()) + timedelta(days=1))
        form = {"agency": "THIDU", "doc_type": "VN.BIRTH_CERT", "copies": "1", "delivery": "VAULT"}
        with running.citizen() as an:
            form["csrf_token"] = an.headers["X-CSRF-Token"]
            at_nine = form | {"day": day.isoformat(), "slot": "09:00"}
            assert an.post("/citizen/cases", data=at_nine).status_code == 303
            assert f"{day:%d/%m/%Y} 09:00" in an.get("/citizen/cases").text
            for wrong in ({"slot": "23:30"}, {"slot": ""}, {"day": "tomorrow"}, {"day": ""}):
                assert an.post("/citizen/cases", data=at_nine | wrong).status_code in {409, 422}, wrong
