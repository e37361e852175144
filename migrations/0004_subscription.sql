-- Citizens' subscriptions. No account and no name: an address for messages, places, topics and a language.

create table subscription (
    -- Small, because batches and the audience query hold millions of them.
    id bigint generated always as identity primary key,
    public_id text not null unique,
    -- SHA-256 of the secret with which its owner changes or erases it.
    secret_digest bytea not null check (octet_length(secret_digest) = 32),
    endpoint text not null check (length(endpoint) <= 1024),
    -- One endpoint belongs to one subscriber.
    endpoint_digest bytea not null unique check (endpoint_digest = sha256(convert_to(endpoint, 'UTF8'))),
    provider text not null,
    p256dh bytea not null check (octet_length(p256dh) = 65),
    auth bytea not null check (octet_length(auth) = 16),
    language text not null,
    -- domain::topic::TopicSet.
    topics integer not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

-- The audience of a notice is read from the indexes alone: by its PIN codes if they are few, else along the subscriptions.
-- The topics stand beside the key for that (see crates/store/src/broadcast.rs).
create table subscription_place (
    pin integer not null,
    subscription_id bigint not null references subscription on delete cascade,
    topics integer not null,
    primary key (pin, subscription_id) include (topics)
);
create index subscription_place_subscription on subscription_place (subscription_id) include (pin, topics);

-- What the citizen agreed to: kept with the subscription and erased with it.
create table consent (
    subscription_id bigint primary key references subscription on delete cascade,
    text_version text not null,
    language text not null,
    given_at timestamptz not null
);
