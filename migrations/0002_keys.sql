-- Public keys with which notices are signed, and the editions of the signed directory that lists them.

create table signing_key (
    kid text primary key,
    kind text not null check (kind in ('officer', 'department')),
    -- The pseudonym in the signature's header: the officer's or the department's id.
    subject text not null,
    department_id text not null references department,
    officer_id text references officer,
    jwk jsonb not null,
    -- RFC 7638: no key is there twice.
    thumbprint text not null unique,
    roles text[] not null check (roles <@ array['author', 'approver', 'publisher']),
    not_before timestamptz not null,
    expires_at timestamptz not null check (expires_at > not_before),
    enrolled_at timestamptz not null,
    -- The department's admin says that the key is the officer's. Until then it signs nothing.
    confirmed_by text references officer,
    confirmed_at timestamptz,
    revoked_at timestamptz,
    revoked_reason text,
    check ((kind = 'officer') = (officer_id is not null)),
    check (confirmed_by is null or confirmed_by <> officer_id),
    check ((confirmed_by is null) = (confirmed_at is null) or kind = 'department')
);
create index signing_key_officer on signing_key (officer_id);
create index signing_key_department on signing_key (department_id);

create table key_directory (
    edition bigint primary key,
    issued_at timestamptz not null,
    -- The JWS as it is served.
    jws text not null
);
