-- The way of a published notice to its citizens.

-- Messages for RabbitMQ, written by the transaction whose effect they announce and deleted once the broker has confirmed them.
create table outbox (
    id bigint generated always as identity primary key,
    message_id text not null unique,
    -- Emergency messages leave first.
    urgent boolean not null,
    route jsonb not null,
    message jsonb not null,
    created_at timestamptz not null
);
create index outbox_order on outbox (urgent desc, id);

create function announce_outbox() returns trigger language plpgsql as $$
begin
    perform pg_notify('outbox', '');
    return null;
end $$;
create trigger announced after insert on outbox for each statement execute function announce_outbox();

-- How far a notice's fan-out has come. The row's lock makes a second worker on the same notice wait.
create table broadcast (
    notice_id text primary key references notice,
    lane text not null check (lane in ('emergency', 'routine')),
    -- Batches hold every subscription of the audience up to this id.
    last_subscription_id bigint not null default 0,
    audience bigint not null default 0,
    batches integer not null default 0,
    started_at timestamptz not null,
    -- When the last batch was queued.
    queued_at timestamptz
);

create table delivery_batch (
    notice_id text not null references broadcast,
    batch integer not null,
    -- How often it was worked on: the fence against doubles.
    attempt integer not null default 0,
    subscription_ids bigint[] not null,
    -- One byte each (domain::delivery::Outcome), in the order of the ids.
    outcomes bytea not null check (octet_length(outcomes) = cardinality(subscription_ids)),
    -- Whether every recipient has a final outcome.
    done boolean not null default false,
    updated_at timestamptz not null,
    primary key (notice_id, batch)
);
create index delivery_batch_open on delivery_batch (notice_id) where not done;

-- What became of a batch, counted. Replaced as a whole with each attempt.
create table delivery_tally (
    notice_id text not null,
    batch integer not null,
    provider text not null,
    outcome smallint not null,
    count integer not null check (count > 0),
    primary key (notice_id, batch, provider, outcome),
    foreign key (notice_id, batch) references delivery_batch
);

-- Push services that asked us to wait, or that refuse what we send.
create table push_origin (
    origin text primary key,
    paused_until timestamptz,
    stopped_at timestamptz,
    stopped_reason text
);

-- What a queue gave up on, for the operator.
create table dead_letter (
    id text primary key,
    queue text not null,
    reason text not null,
    -- The message as it was, cut to 64 KiB; it may be anything.
    body bytea not null,
    -- The message, if it could be read.
    message jsonb,
    route jsonb,
    died_at timestamptz not null,
    -- What the operator did.
    settled_at timestamptz,
    settled_by text,
    settled_how text check (settled_how in ('retried', 'dropped')),
    settled_because text,
    unique (queue, died_at, body)
);
create index dead_letter_open on dead_letter (died_at) where settled_at is null;
