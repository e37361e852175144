-- Every official act, appended by the transaction that does it. The Merkle log is built over these rows.

create table audit_event (
    id text primary key,
    at timestamptz not null,
    -- A pseudonymous id (officer, client), or the name of a part of Munadi.
    actor text not null,
    actor_role text not null,
    department_id text,
    action text not null check (action ~ '^[a-z_]+\.[a-z_]+$'),
    resource text not null,
    outcome text not null check (outcome in ('success', 'refused', 'failed')),
    -- SHA256(salt ‖ JCS(detail)): the detail can be erased without breaking the log.
    detail_digest bytea not null check (octet_length(detail_digest) = 32),
    -- The exact bytes of the log's entry (RFC 8785), from which the columns above are copies.
    leaf bytea not null check (octet_length(leaf) <= 65535),
    -- Its place in the log, given after commit by the one sequencer.
    log_index bigint unique
);
create index audit_event_unsealed on audit_event (id) where log_index is null;

create table audit_detail (
    event_id text primary key references audit_event,
    salt bytea not null check (octet_length(salt) = 32),
    detail jsonb not null
);

create function audit_event_never_changes() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' or (to_jsonb(old) - 'log_index') <> (to_jsonb(new) - 'log_index') or old.log_index is not null then
        raise exception 'an audit event never changes' using errcode = 'MU001';
    end if;
    return new;
end $$;
create trigger never_changed before update or delete on audit_event for each row execute function audit_event_never_changes();
