"""Addresses of this room: everything below a station's code is that station's."""

from django.urls import path

from logistics.views import board, claims, lots, picking, receiving, shipping

app_name = "logistics"
urlpatterns = [
    path("", board.home, name="home"),
    path("<slug:hub>/", board.board, name="board"),
    path("<slug:hub>/receive/", receiving.receiving, name="receiving"),
    path("<slug:hub>/receive/calls/<int:call_id>/", receiving.receive_call, name="receive_call"),
    path("<slug:hub>/receive/harvests/<int:harvest_id>/", receiving.receive_harvest, name="receive_harvest"),
    path("<slug:hub>/lots/", lots.lot_list, name="lot_list"),
    path("<slug:hub>/lots/<slug:number>/", lots.lot_detail, name="lot_detail"),
    path("<slug:hub>/lots/<slug:number>/label/", receiving.label, name="lot_label"),
    path("<slug:hub>/lots/<slug:number>/<slug:action>/", lots.lot_change, name="lot_change"),
    path("<slug:hub>/pick/", picking.picking, name="picking"),
    path("<slug:hub>/pick/run/", picking.run, name="pick_run"),
    path("<slug:hub>/pick/list/", picking.pick_list, name="pick_list"),
    path("<slug:hub>/pick/lines/<int:line_id>/", picking.line_by_hand, name="line_draw"),
    path("<slug:hub>/pick/lines/<int:line_id>/put-back/", picking.line_put_back, name="line_put_back"),
    path("<slug:hub>/ship/", shipping.shipping, name="shipping"),
    path("<slug:hub>/ship/orders/<slug:number>/pack/", shipping.pack, name="pack"),
    path("<slug:hub>/ship/parcels/<slug:number>/", shipping.parcel, name="parcel"),
    path("<slug:hub>/ship/parcels/<slug:number>/hand-over/", shipping.hand_over, name="hand_over"),
    path("<slug:hub>/ship/parcels/<slug:number>/deliver/", shipping.deliver, name="deliver"),
    path("<slug:hub>/claims/", claims.claim_list, name="claim_list"),
    path("<slug:hub>/claims/<int:claim_id>/", claims.claim_detail, name="claim_detail"),
    path("<slug:hub>/claims/<int:claim_id>/photo/", claims.claim_photo, name="claim_photo"),
]
