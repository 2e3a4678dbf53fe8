"""Harvests as declared and reported, the plans made of them, and what cooperatives are asked to pick."""

from harvest_schedule.models.harvests import Harvest, HarvestGrade, HarvestReport
from harvest_schedule.models.picking import PickCall, PickCallLine
from harvest_schedule.models.plans import PlanRequest, PlanUptake, PlanWindow, PublishBounds, SeasonPlan
from harvest_schedule.models.shortfalls import (
    ShortfallCase,
    ShortfallDecision,
    ShortfallPart,
    ShortfallShare,
    StandingBuyer,
)
from harvest_schedule.models.storage_shares import HubSharing, StoreShare
from harvest_schedule.models.weather import DailyTemperature
from harvest_schedule.models.what_ifs import WhatIf

__all__ = [
    "DailyTemperature",
    "Harvest",
    "HarvestGrade",
    "HarvestReport",
    "HubSharing",
    "PickCall",
    "PickCallLine",
    "PlanRequest",
    "PlanUptake",
    "PlanWindow",
    "PublishBounds",
    "SeasonPlan",
    "ShortfallCase",
    "ShortfallDecision",
    "ShortfallPart",
    "ShortfallShare",
    "StandingBuyer",
    "StoreShare",
    "WhatIf",
]
