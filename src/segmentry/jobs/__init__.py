"""Work that is done later, or again and again: one leased table, and the worker that empties it."""

from segmentry.jobs.queue import Cancelled, Job, Lease, Lost, Queue, Wanted, open_jobs
from segmentry.jobs.schedules import Daily, Every, Schedule
from segmentry.jobs.worker import Handler, Running, Worker

__all__ = [
    "Cancelled",
    "Daily",
    "Every",
    "Handler",
    "Job",
    "Lease",
    "Lost",
    "Queue",
    "Running",
    "Schedule",
    "Wanted",
    "Worker",
    "open_jobs",
]
