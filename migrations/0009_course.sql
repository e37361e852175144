-- What pages show beside the notice itself: how its delivery went over time, and what waits for whom.

-- What one attempt at a batch came to: a row at most for each attempt, written by the statement that settles it, and never changed.
create table delivery_attempt (
    notice_id text not null,
    batch integer not null,
    attempt integer not null,
    at timestamptz not null,
    sent integer not null,
    gone integer not null,
    failed integer not null,
    -- The notice was over, or the citizen had left, before it could be sent.
    unsent integer not null,
    primary key (notice_id, batch, attempt),
    foreign key (notice_id, batch) references delivery_batch
);

create index notice_state on notice (department_id, state, id desc);
