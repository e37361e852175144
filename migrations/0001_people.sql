-- Departments, the people and systems that act for them, and their sign-ins.
-- Ids are text with a prefix that says what they name (see crates/domain/src/id.rs).

create table department (
    id text primary key,
    slug text not null unique check (slug ~ '^[a-z0-9][a-z0-9-]{1,62}$'),
    -- The name by BCP 47 tag: {"en": "…", "hi": "…"}.
    name jsonb not null,
    -- The last number given to a frozen notice; drawn under the row's lock.
    last_seq bigint not null default 0,
    created_at timestamptz not null
);

create table officer (
    id text primary key,
    -- Null for those who look after the whole installation.
    department_id text references department,
    sign_in text not null unique check (length(sign_in) between 3 and 200),
    display_name text not null check (length(display_name) between 1 and 200),
    -- A PHC string (argon2id). Null: this officer cannot sign in by password.
    password_hash text,
    -- Set as long as the password is the one that an admin handed over: it must be changed at the first sign-in, and before this time.
    password_expires_at timestamptz,
    disabled_at timestamptz,
    created_at timestamptz not null,
    unique (id, department_id)
);

create table officer_role (
    officer_id text not null references officer on delete cascade,
    role text not null check (role in ('drafter', 'approver', 'publisher', 'department_admin', 'platform_admin', 'auditor')),
    granted_by text,
    granted_at timestamptz not null,
    primary key (officer_id, role)
);

create table session (
    id text primary key,
    officer_id text not null references officer on delete cascade,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    revoked_at timestamptz
);
create index session_officer on session (officer_id);

-- Each refresh token is used once. A second use means that it was stolen: the whole session ends.
create table refresh_token (
    digest bytea primary key check (octet_length(digest) = 32),
    session_id text not null references session on delete cascade,
    created_at timestamptz not null,
    used_at timestamptz
);
create index refresh_token_session on refresh_token (session_id);

-- A department's own computer system. Only its public key is kept.
create table client (
    id text primary key,
    department_id text not null references department,
    name text not null check (length(name) between 1 and 200),
    kind text not null check (kind in ('live', 'team', 'test')),
    roles text[] not null check (roles <@ array['drafter']),
    jwk jsonb not null,
    created_by text not null,
    created_at timestamptz not null,
    revoked_at timestamptz
);

-- A token of a department's system is good once.
create table client_token (
    client_id text not null references client on delete cascade,
    jti text not null check (length(jti) between 1 and 200),
    expires_at timestamptz not null,
    primary key (client_id, jti)
);
create index client_token_expiry on client_token (expires_at);

-- The answer to a POST that creates, kept so that the same request sent again gets the same answer.
create table idempotency (
    principal text not null,
    key text not null check (length(key) between 1 and 200),
    request_digest bytea not null check (octet_length(request_digest) = 32),
    -- Null while the first request is still being worked on.
    status smallint,
    body bytea,
    created_at timestamptz not null,
    primary key (principal, key)
);
create index idempotency_age on idempotency (created_at);
