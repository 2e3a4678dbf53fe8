"""Breaches of what is promised and what is there (I1, I9)."""

from tests.integration.books.seeded import Seeded

SEEDED = (
    # I1
    Seeded(
        "window-held",
        "UPDATE partner_stockrecord SET num_allocated = num_allocated + 1 WHERE id = %(window)s",
        "window %(window)s",
    ),
    Seeded(
        "window-held",
        "UPDATE order_line SET status = 'CANCELLED' WHERE id = %(waiting_line)s",
        "window %(window)s",
        "a line let go of its packs alone",
    ),
    Seeded(
        "window-cap",
        "UPDATE partner_stockrecord SET num_in_stock = num_allocated - 1 WHERE id = %(window)s",
        "window %(window)s",
        "oversold",
        (("partner_stockrecord", "window_never_oversold"),),
    ),
    Seeded(
        "window-cap",
        "UPDATE partner_stockrecord SET num_allocated = -1 WHERE id = %(window)s",
        "window %(window)s",
        "less than nothing",
        (("partner_stockrecord", "window_allocated_not_negative"),),
    ),
    Seeded("line-held", "UPDATE order_line SET num_allocated = 0 WHERE id = %(waiting_line)s", "line %(waiting_line)s"),
    Seeded(
        "line-held",
        "UPDATE order_line SET num_allocated = 1 WHERE order_id = %(released)s",
        "line ",
        "released but holding",
    ),
    Seeded(
        "line-held",
        "UPDATE order_line SET stockrecord_id = NULL WHERE id = %(waiting_line)s",
        "line %(waiting_line)s",
        "without its window",
    ),
    # I9
    Seeded(
        "lot-weight",
        "UPDATE logistics_stockmovement SET grams = grams - 1 WHERE kind = 'PICK'",
        "lot ",
        "a gram vanished",
    ),
    Seeded("lot-weight", "DELETE FROM logistics_lotdraw WHERE line_id = %(claimed)s", "lot ", "a draw vanished"),
    Seeded(
        "lot-receipt",
        "UPDATE logistics_stockmovement SET grams = grams + 1 WHERE kind = 'RECEIPT' AND lot_id = %(lot)s",
        "lot ",
        "heavier than the lot",
    ),
    Seeded(
        "lot-receipt",
        "INSERT INTO logistics_stockmovement (lot_id, kind, grams, mode, at, reason, key)"
        " VALUES (%(lot)s, 'RECEIPT', 1, 'COLD', now(), '', 'twice')",
        "lot ",
        "received twice",
    ),
    Seeded(
        "lot-not-negative",
        "UPDATE logistics_stockmovement SET grams = -200000 WHERE kind = 'SPOILAGE'",
        "lot ",
        "less than nothing",
    ),
    Seeded(
        "lot-not-negative",
        "UPDATE logistics_stockmovement SET grams = grams + 1 WHERE kind = 'RELOCATION' AND grams > 0",
        "lot ",
        "heavier for having been moved",
    ),
    Seeded("draw-picked", "UPDATE logistics_lotdraw SET grams = grams + 1 WHERE line_id = %(claimed)s", "draw "),
    Seeded("draw-picked", "DELETE FROM logistics_stockmovement WHERE kind = 'UNPICK'", "draw ", "undone, not put back"),
    Seeded(
        "draw-picked",
        "INSERT INTO logistics_stockmovement (lot_id, kind, grams, mode, at, reason, key)"
        " VALUES (%(lot)s, 'PICK', -2500, 'COLD', now(), '', 'pick:0')",
        "movement ",
        "picked for nobody",
    ),
    Seeded(
        "line-drawn",
        "UPDATE logistics_lotdraw SET undone_at = now() WHERE line_id = %(claimed)s",
        "line %(claimed)s",
        "sent without a lot",
    ),
    Seeded(
        "line-drawn",
        "UPDATE order_line SET status = 'PAID' WHERE id = %(under_way)s",
        "line %(under_way)s",
        "waiting, and drawn",
    ),
    Seeded(
        "line-drawn",
        "UPDATE order_line SET net_weight_g = net_weight_g + 1 WHERE id = %(under_way)s",
        "line %(under_way)s",
        "too few grams",
    ),
    Seeded(
        "line-in-parcel",
        "DELETE FROM logistics_shipmentline WHERE line_id = %(claimed)s",
        "line %(claimed)s",
        "in no parcel",
    ),
    Seeded(
        "line-in-parcel",
        "UPDATE logistics_shipment SET status = 'SHIPPED' WHERE order_id = %(settled)s",
        "line %(claimed)s",
        "settled on the road",
    ),
    Seeded(
        "line-in-parcel",
        "UPDATE logistics_shipmentline SET quantity = 1 WHERE line_id = %(claimed)s",
        "line %(claimed)s",
        "in part",
    ),
    Seeded(
        "line-in-parcel",
        "UPDATE logistics_shipment SET order_id = %(waiting)s WHERE order_id = %(settled)s",
        "line %(claimed)s",
        "in another order's parcel",
    ),
    Seeded(
        "line-in-parcel",
        "UPDATE order_line SET status = 'PAID' WHERE id = %(claimed)s",
        "line %(claimed)s",
        "in a parcel, and waiting",
    ),
)
