"""When money may move (*horario de pagos*): the tenant's clock and the days of the TARGET system."""

from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo


def minute_of_day(now: datetime, zone: str) -> int:
    """The minute of the day, 0 to 1439, in `zone`."""
    local = now.astimezone(ZoneInfo(zone))
    return local.hour * 60 + local.minute


@lru_cache(maxsize=64)
def is_business_day(day: date) -> bool:
    """Monday to Friday, and no holiday of the ECB's TARGET calendar (Guideline ECB/2022/8)."""
    if day.weekday() >= 5:
        return False
    import holidays  # 0.1 s, which only payments pay

    return day not in holidays.financial_holidays("ECB", years=day.year)
