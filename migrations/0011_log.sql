-- The public log (C2SP tlog-tiles): the Merkle tree over the audit trail's rows, and the checkpoints that were signed over it. Entry
-- bundles are cut from the rows themselves, by their place: what can be queried and what can be proved is the same.

-- The tree. One row: who changes it waits for whoever else does, and sees the size that was left.
create table log_tree (
    is_one boolean primary key default true check (is_one),
    -- So many rows have a place, from 0 on and without a gap.
    size bigint not null check (size >= 0),
    -- The Merkle tree hash over them (RFC 6962 §2.1).
    root bytea not null check (octet_length(root) = 32)
);
insert into log_tree (size, root) values (0, sha256(''));

-- Hashes of the tree, 256 to a tile. The last tile of each level grows; what is in it never changes.
create table log_tile (
    level smallint not null check (level between 0 and 7),
    place bigint not null check (place >= 0),
    hashes bytea not null check (octet_length(hashes) between 32 and 8192 and octet_length(hashes) % 32 = 0),
    primary key (level, place)
);
-- Hashes cannot be compressed.
alter table log_tile alter column hashes set storage external;

create function log_tile_only_grows() returns trigger language plpgsql as $$
begin
    raise exception 'a hash of the log never changes' using errcode = 'MU001';
end $$;
create trigger only_grows before update on log_tile for each row
    when (new.level <> old.level or new.place <> old.place or substring(new.hashes for octet_length(old.hashes)) <> old.hashes)
    execute function log_tile_only_grows();
create trigger never_deleted before delete on log_tile for each row execute function log_tile_only_grows();

-- Every checkpoint that was signed, published or not. Under one origin there is one root for a size, for ever.
create table log_checkpoint (
    origin text collate "C" not null check (origin <> ''),
    size bigint not null check (size >= 0),
    root bytea not null check (octet_length(root) = 32),
    -- The signed note, with the signatures that it had when it was published.
    note text not null,
    signed_at timestamptz not null,
    published_at timestamptz,
    primary key (origin, size)
);
create index log_checkpoint_published on log_checkpoint (origin, size) where published_at is not null;

create function log_checkpoint_stays() returns trigger language plpgsql as $$
begin
    raise exception 'a checkpoint of the log never changes' using errcode = 'MU001';
end $$;
create trigger stays before update on log_checkpoint for each row
    when ((new.origin, new.size, new.root) is distinct from (old.origin, old.size, old.root))
    execute function log_checkpoint_stays();
create trigger never_deleted before delete on log_checkpoint for each row execute function log_checkpoint_stays();

-- The same rule as before: an event gets its place once, and nothing else of it ever changes. As a condition and not as a comparison of
-- two JSON documents, because every row is changed once.
drop trigger never_changed on audit_event;
drop function audit_event_never_changes();
create function audit_event_never_changes() returns trigger language plpgsql as $$
begin
    raise exception 'an audit event never changes' using errcode = 'MU001';
end $$;
create trigger never_changed before update on audit_event for each row
    when (old.log_index is not null or (new.id, new.at, new.actor, new.actor_role, new.department_id, new.action, new.resource, new.outcome,
        new.detail_digest, new.leaf) is distinct from (old.id, old.at, old.actor, old.actor_role, old.department_id, old.action, old.resource,
        old.outcome, old.detail_digest, old.leaf))
    execute function audit_event_never_changes();
create trigger never_deleted before delete on audit_event for each row execute function audit_event_never_changes();
