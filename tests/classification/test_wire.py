"""What a hosted classifier says reaches the reader in their language."""

from __future__ import annotations

from monitor.classification import wire
from monitor.messages import Message, said
from monitor.records import Prediction


def test_a_vector_travels_whole() -> None:
    told = [Prediction({"neutral": 1.0}, {}, "m", vector=bytes(range(256))), Prediction({}, {}, "m")]
    found = wire.received(wire.PREDICTIONS.validate_json(wire.sent(told)))
    assert [one.vector for one in found] == [bytes(range(256)), b""]


def test_a_reason_stays_a_message_on_the_wire() -> None:
    why = Message("classifier.language", language="fr")
    told = [
        Prediction({"neutral": 1.0}, {}, "m", unsupported=reason) for reason in (why, "its own words", "")
    ]
    found = wire.received(wire.PREDICTIONS.validate_json(wire.sent(told)))
    assert found == told
    assert [said(one.unsupported, "zh") for one in found] == ["模型未针对语言 'fr' 训练", "its own words", ""]
