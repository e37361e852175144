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
    queued_at timestamptz,
    first_sent_at timestamptz,
    last_sent_at timestamptz,
    -- When the last batch was done, and the summary written to the audit trail.
    finished_at timestamptz check (finished_at is null or queued_at is not null)
);

create table delivery_batch (
    notice_id text not null references broadcast,
    batch integer not null,
    -- How often it was worked on: the fence against doubles.
    attempt integer not null default 0,
    -- In order. Later batches of the notice have higher ids.
    subscription_ids bigint[] not null check (cardinality(subscription_ids) > 0),
    -- Beside the array, so that who looks for an id need not unpack all arrays.
    first_id bigint not null generated always as (subscription_ids[1]) stored,
    last_id bigint not null generated always as (subscription_ids[cardinality(subscription_ids)]) stored,
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
    settled_because text
);
-- The queue may show the same letter twice.
create unique index dead_letter_once on dead_letter (queue, died_at, sha256(body));
create index dead_letter_open on dead_letter (died_at) where settled_at is null;
