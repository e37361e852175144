-- Our own push service: who can be reached, under which channels, and what waits for whom.

create table push_user_agent (
    id bytea primary key check (octet_length(id) = 16),
    -- The process that has its socket, as far as is known; a process that died may still be named.
    node bigint,
    -- Which of its sockets: only the last one counts.
    session bigint not null,
    seen_on date not null,
    created_at timestamptz not null
-- Every connection changes a row here. With room on its page and no index on what changes, no index is written for that.
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);

create table push_channel (
    user_agent bytea not null references push_user_agent on delete cascade,
    channel bytea not null check (octet_length(channel) = 16),
    created_at timestamptz not null,
    primary key (user_agent, channel)
);

-- The order in which messages were accepted, and by what a message is named towards both sides.
create sequence push_message_id;

-- Messages that were not acknowledged yet. No foreign key: checking it would lock a row for each message. Who deletes a channel
-- deletes its messages; one that was accepted at that very moment stays until it expires.
create table push_message (
    id bigint not null,
    user_agent bytea not null,
    channel bytea not null,
    topic text collate "C" check (length(topic) <= 32),
    -- domain::push::Urgency::rank.
    urgency smallint not null check (urgency between 0 and 3),
    -- Encrypted for the user agent; empty if the message has no body.
    body bytea not null check (octet_length(body) <= 4096),
    -- In seconds, as it was asked for.
    ttl integer not null check (ttl >= 0),
    received_at timestamptz not null,
    expires_at timestamptz not null,
    primary key (user_agent, id)
-- Nearly every row is deleted within seconds. Its pages are kept: cutting the file short needs a lock that nobody gets by, and the
-- next notice fills it again.
) with (
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_insert_scale_factor = 0.1, autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 5000,
    autovacuum_vacuum_cost_delay = 0, vacuum_truncate = false
);
-- What is encrypted cannot be compressed, and a second table for it would double the writes. (A topic of full length would be moved
-- there beside a large body.)
alter table push_message alter column body set storage plain, alter column topic set storage plain;

create index push_message_expiry on push_message (expires_at);
-- A message replaces the one with its topic (RFC 8030 §5.4).
create unique index push_message_topic on push_message (user_agent, channel, topic) where topic is not null;
