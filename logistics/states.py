"""Every status of this room with its legal moves, side by side."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class LotStatus(models.TextChoices):
    AVAILABLE = "AVAILABLE", _("Available")
    HELD = "HELD", _("Held")
    RECALLED = "RECALLED", _("Recalled")


LOT_MOVES = {
    LotStatus.AVAILABLE: {LotStatus.HELD, LotStatus.RECALLED},
    LotStatus.HELD: {LotStatus.AVAILABLE, LotStatus.RECALLED},
    LotStatus.RECALLED: set(),
}


class MovementKind(models.TextChoices):
    RECEIPT = "RECEIPT", _("Received")
    PICK = "PICK", _("Picked")
    UNPICK = "UNPICK", _("Put back")
    RELOCATION = "RELOCATION", _("Moved")
    ADJUSTMENT = "ADJUSTMENT", _("Adjusted")
    SPOILAGE = "SPOILAGE", _("Spoilt")
    RETURN = "RETURN", _("Returned")


class ShipmentStatus(models.TextChoices):
    PACKED = "PACKED", _("Packed")
    SHIPPED = "SHIPPED", _("On the way")
    DELIVERED = "DELIVERED", _("Delivered")


SHIPMENT_MOVES = {
    ShipmentStatus.PACKED: {ShipmentStatus.SHIPPED},
    ShipmentStatus.SHIPPED: {ShipmentStatus.DELIVERED},
    ShipmentStatus.DELIVERED: set(),
}


class TrackingState(models.TextChoices):
    """Where a parcel is, whatever its carrier calls it; the codes of each carrier are brought to these."""

    CREATED = "CREATED", _("Packed")
    PICKED_UP = "PICKED_UP", _("Handed to the carrier")
    IN_TRANSIT = "IN_TRANSIT", _("On the road")
    OUT_FOR_DELIVERY = "OUT_FOR_DELIVERY", _("Being delivered")
    AT_STATION = "AT_STATION", _("Ready for pick-up")
    DELIVERED = "DELIVERED", _("Signed for")
    EXCEPTION = "EXCEPTION", _("Held up")


class ClaimStatus(models.TextChoices):
    REPORTED = "REPORTED", _("Waiting for an answer")
    ACCEPTED = "ACCEPTED", _("Accepted")
    REFUSED = "REFUSED", _("Refused")


CLAIM_MOVES = {
    ClaimStatus.REPORTED: {ClaimStatus.ACCEPTED, ClaimStatus.REFUSED},
    ClaimStatus.ACCEPTED: set(),
    ClaimStatus.REFUSED: set(),
}
