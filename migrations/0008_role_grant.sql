-- Roles are given by two people: one admin asks, another one confirms or declines.

create table role_grant (
    id text primary key,
    officer_id text not null references officer on delete cascade,
    role text not null check (role in ('drafter', 'approver', 'publisher', 'department_admin', 'platform_admin', 'auditor')),
    asked_by text not null references officer,
    asked_at timestamptz not null,
    -- Null as long as it waits.
    outcome text check (outcome in ('confirmed', 'declined')),
    decided_by text references officer,
    decided_at timestamptz,
    -- What a role that was given names.
    unique (id, officer_id, role, outcome),
    constraint role_grant_decided check ((outcome is null) = (decided_by is null) and (outcome is null) = (decided_at is null)),
    constraint role_grant_needs_two check (asked_by <> officer_id and
        (outcome is distinct from 'confirmed' or (decided_by <> asked_by and decided_by <> officer_id)))
);
create unique index role_grant_waits on role_grant (officer_id, role) where outcome is null;

create function check_role_grant_change() returns trigger language plpgsql as $$
begin
    if old.outcome is not null or (new.id, new.officer_id, new.role, new.asked_by, new.asked_at)
            is distinct from (old.id, old.officer_id, old.role, old.asked_by, old.asked_at) then
        raise exception 'a role that was asked for is decided once, and never changes' using errcode = 'MU001';
    end if;
    return new;
end $$;
create trigger role_grant_change before update on role_grant for each row execute function check_role_grant_change();

-- Nobody has a role that was not confirmed. Those with whom everything begins are the exception: the first admins of the
-- installation and of a department. What was given before this rule stays (the check is not made for rows that are there).
alter table officer_role
    add column grant_id text,
    add column grant_outcome text generated always as (case when grant_id is not null then 'confirmed' end) stored,
    add foreign key (grant_id, officer_id, role, grant_outcome) references role_grant (id, officer_id, role, outcome),
    add constraint officer_role_was_confirmed check (grant_id is not null or role in ('department_admin', 'platform_admin')) not valid;
