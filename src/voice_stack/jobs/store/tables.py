"""The tables of the jobs. Portable: nothing here or in the queries belongs to one database only."""

from sqlalchemy import Boolean, Column, Double, ForeignKey, Index, Integer, MetaData, String, Table, Text

metadata = MetaData()

# Times are seconds since the epoch, durations seconds of audio.
jobs = Table(
    "voice_stack_jobs",
    metadata,
    Column("id", String(40), primary_key=True),
    # The folder that has the job's files. Processes that share a database keep to their own.
    Column("spool", String(80), nullable=False),
    Column("kind", String(64), nullable=False),
    Column("lane", String(16), nullable=False),
    Column("status", String(16), nullable=False),
    Column("work_key", String(64)),
    Column("owners", Integer, nullable=False),
    Column("cancel_requested", Boolean, nullable=False),
    Column("expired", Boolean, nullable=False),
    Column("created_at", Double, nullable=False),
    # Moment of acceptance plus the lane's handicap: the order of the queue.
    Column("due_at", Double, nullable=False),
    # Not begun again before this moment.
    Column("not_before", Double, nullable=False),
    Column("started_at", Double),
    Column("finished_at", Double),
    Column("expires_at", Double),
    # Begun so often; ended with an error that may pass so often; lost with its process, without a step forward since,
    # so often; finished steps when it was last lost.
    Column("attempts", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("crashes", Integer, nullable=False),
    Column("steps", Integer, nullable=False),
    Column("cost_s", Double),
    Column("processed_s", Double, nullable=False),
    Column("total_s", Double),
    Column("response_status", Integer),
    Column("response_headers", Text),
    Column("error", Text),
    Index("voice_stack_jobs_queue", "spool", "status", "due_at"),
    Index("voice_stack_jobs_newest", "spool", "created_at"),
    Index("voice_stack_jobs_work", "spool", "work_key"),
)

callbacks = Table(
    "voice_stack_job_callbacks",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("job_id", String(40), ForeignKey("voice_stack_jobs.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("url", Text, nullable=False),
    Column("status", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    # None while the job is not over.
    Column("next_at", Double),
    Column("error", Text),
    Index("voice_stack_job_callbacks_due", "status", "next_at"),
)

batches = Table(
    "voice_stack_job_batches",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("spool", String(80), nullable=False),
    Column("created_at", Double, nullable=False),
    Index("voice_stack_job_batches_age", "spool", "created_at"),
)

batch_items = Table(
    "voice_stack_job_batch_items",
    metadata,
    Column("batch_id", String(40), ForeignKey("voice_stack_job_batches.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("error", Text),
    # No foreign key: the item outlives a job that is deleted.
    Column("job_id", String(40)),
)
