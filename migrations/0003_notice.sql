-- Notices. The rules that protect a notice stand here a second time, so that a fault in the code, or a hand in the database, is refused.

-- Positions of published notices, given under this row's lock: a reader never sees a later position before an earlier one.
create table live_position (
    singleton boolean primary key default true check (singleton),
    last bigint not null
);
insert into live_position (last) values (0);

create table notice (
    id text primary key,
    department_id text not null references department,
    -- The first notice of the chain of updates.
    family_id text not null references notice deferrable initially deferred,
    intent text not null check (intent in ('alert', 'update', 'correct', 'cancel')),
    replaces_id text references notice,
    state text not null check (state in ('draft', 'in_review', 'approved', 'published', 'superseded', 'withdrawn')),
    -- Counts every change; an edit names the revision it was made from.
    revision bigint not null default 1,
    -- What is typed so far (domain::content::DraftContent).
    content jsonb not null,
    -- The frozen bytes that count; null as long as nothing is frozen, and again after an edit.
    version integer,
    -- Who signed the frozen bytes as author.
    author_id text references officer,
    -- Why it came back from review.
    return_comment text,
    -- What may become of it: what a test client wrote never reaches anyone.
    reach text not null default 'live' check (reach in ('live', 'team', 'test')),
    -- The CAP alert it was made from.
    source_sender text,
    source_identifier text,
    created_by text not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,

    -- From publishing on.
    published_at timestamptz,
    position bigint unique,
    -- The JWS as it is served.
    envelope text,
    digest bytea check (octet_length(digest) = 32),
    status text,
    severity text,
    topic text,
    lane text check (lane in ('emergency', 'routine')),
    expires_at timestamptz,
    languages text[],
    pins integer[],
    -- The same area in few keys, and the words of all languages, to be found by (see crates/services/src/inbox).
    places integer[],
    search tsvector,
    -- Which notice superseded or withdrew it.
    ended_by text references notice,
    ended_at timestamptz,

    check ((intent = 'alert') = (replaces_id is null)),
    check (state <> 'draft' or author_id is null),
    check (state in ('draft') or (author_id is not null and version is not null)),
    check ((state in ('published', 'superseded', 'withdrawn')) = (published_at is not null)),
    check ((published_at is null) = (position is null) and (published_at is null) = (envelope is null)
        and (published_at is null) = (digest is null) and (published_at is null) = (pins is null)
        and (published_at is null) = (lane is null) and (published_at is null) = (expires_at is null)
        and (published_at is null) = (places is null) and (published_at is null) = (search is null)),
    check ((state in ('superseded', 'withdrawn')) = (ended_by is not null)),
    check (reach <> 'test' or published_at is null),
    -- A team drills; it never says what people must act on.
    check (reach <> 'team' or status is distinct from 'Actual')
);
create index notice_department on notice (department_id, id desc);
create index notice_family on notice (family_id);
create index notice_source on notice (source_sender, source_identifier) where source_sender is not null;
create index notice_position on notice (position desc) where position is not null;
-- A notice is updated, corrected or canceled once: what comes next follows its successor.
create unique index notice_successor on notice (replaces_id) where replaces_id is not null and position is not null;
create index notice_places on notice using gin (places) where position is not null;
create index notice_search on notice using gin (search) where position is not null;

-- Everyone who ever changed a notice's text: none of them may approve it.
create table notice_editor (
    notice_id text not null references notice on delete cascade,
    officer_id text not null references officer,
    primary key (notice_id, officer_id)
);

-- Frozen bytes. An edit voids them; they are kept, because someone may have signed them.
create table notice_version (
    notice_id text not null references notice on delete cascade,
    version integer not null,
    department_id text not null references department,
    seq bigint not null,
    payload bytea not null check (octet_length(payload) <= 65536),
    digest bytea not null check (digest = sha256(payload)),
    expires_at timestamptz not null,
    approvers_needed smallint not null check (approvers_needed between 0 and 2),
    languages text[] not null,
    frozen_by text not null references officer,
    frozen_at timestamptz not null,
    voided_at timestamptz,
    primary key (notice_id, version),
    unique (department_id, seq)
);

create table language_approval (
    notice_id text not null,
    version integer not null,
    lang text not null,
    officer_id text not null references officer,
    approved_at timestamptz not null,
    primary key (notice_id, version, lang),
    foreign key (notice_id, version) references notice_version on delete cascade
);

create table notice_signature (
    notice_id text not null,
    version integer not null,
    role text not null check (role in ('author', 'approver', 'publisher')),
    officer_id text references officer,
    kid text not null references signing_key,
    -- The two members of a JWS signature, as they were made.
    protected text not null,
    signature text not null,
    signed_at timestamptz not null,
    primary key (notice_id, version, kid),
    foreign key (notice_id, version) references notice_version on delete cascade,
    check ((role = 'publisher') = (officer_id is null))
);
-- One person signs once, in whatever role.
create unique index notice_signature_person on notice_signature (notice_id, version, officer_id);
create unique index notice_signature_author on notice_signature (notice_id, version) where role = 'author';
create unique index notice_signature_publisher on notice_signature (notice_id, version) where role = 'publisher';

create function check_new_notice() returns trigger language plpgsql as $$
begin
    if new.state <> 'draft' then
        raise exception 'a notice starts as a draft' using errcode = 'MU007';
    end if;
    if new.replaces_id is null and new.family_id <> new.id then
        raise exception 'a notice that follows none starts a family' using errcode = 'MU007';
    end if;
    if new.replaces_id is not null and not exists (
        select from notice n
        where n.id = new.replaces_id and n.department_id = new.department_id and n.family_id = new.family_id and n.state = 'published'
            and not (n.intent = 'cancel' and new.intent = 'cancel')
    ) then
        raise exception 'a notice follows a published one of its own department and family, and no cancel takes back another' using errcode = 'MU007';
    end if;
    return new;
end $$;
create trigger starts before insert on notice for each row execute function check_new_notice();

-- The columns of frozen bytes are copies, so that nobody can ask for less than the bytes do.
create function check_new_version() returns trigger language plpgsql as $$
declare
    says jsonb := convert_from(new.payload, 'UTF8')::jsonb;
begin
    if not exists (select from notice n where n.id = new.notice_id and n.state = 'draft') then
        raise exception 'only a draft is frozen' using errcode = 'MU007';
    end if;
    if not exists (
        select from notice n
        where n.id = new.notice_id and n.department_id = new.department_id and says->>'id' = n.id
            and says->>'department' = n.department_id and (says->>'msg_type' = 'Cancel') = (n.intent = 'cancel')
            and (n.replaces_id is null or says->'references'->>0 = n.replaces_id)
    ) or (new.seq, new.expires_at) is distinct from ((says->>'seq')::bigint, (says->>'expires')::timestamptz)
        or new.languages is distinct from array(select lang->>'lang' from jsonb_array_elements(says->'languages') as lang)
        or new.approvers_needed <> (case when says->>'msg_type' = 'Cancel' then 0 when says->>'severity' = 'Extreme' then 2 else 1 end)
    then
        raise exception 'this is not what the frozen bytes say' using errcode = 'MU009';
    end if;
    return new;
end $$;
create trigger checked before insert on notice_version for each row execute function check_new_version();

create function frozen_bytes_never_change() returns trigger language plpgsql as $$
begin
    if (to_jsonb(old) - 'voided_at') <> (to_jsonb(new) - 'voided_at') or (old.voided_at is not null and new.voided_at is distinct from old.voided_at) then
        raise exception 'frozen bytes never change' using errcode = 'MU001';
    end if;
    if new.voided_at is not null and exists (
        select from notice n where n.id = new.notice_id and n.version = new.version and n.published_at is not null
    ) then
        raise exception 'published bytes are never void' using errcode = 'MU001';
    end if;
    return new;
end $$;
create trigger frozen before update on notice_version for each row execute function frozen_bytes_never_change();

-- Author and editors approve nothing, not even one language.
create function refuse_interested_approver(notice text, officer text) returns void language plpgsql as $$
begin
    if exists (select from notice n where n.id = notice and n.author_id = officer) then
        raise exception 'the author cannot approve' using errcode = 'MU002';
    end if;
    if exists (select from notice_editor e where e.notice_id = notice and e.officer_id = officer) then
        raise exception 'an editor cannot approve' using errcode = 'MU003';
    end if;
end $$;

create function refuse_stale_version(notice text, named integer) returns void language plpgsql as $$
begin
    if not exists (
        select from notice n join notice_version v on v.notice_id = n.id and v.version = n.version
        where n.id = notice and n.version = named and v.voided_at is null and v.expires_at > now()
    ) then
        raise exception 'these bytes were voided by an edit, or the notice has expired' using errcode = 'MU004';
    end if;
end $$;

create function refuse_other_state(notice text, needed text) returns void language plpgsql as $$
begin
    if not exists (select from notice n where n.id = notice and n.state = needed) then
        raise exception 'this needs a notice in the state %', needed using errcode = 'MU007';
    end if;
end $$;

create function check_language_approval() returns trigger language plpgsql as $$
begin
    perform refuse_stale_version(new.notice_id, new.version);
    perform refuse_other_state(new.notice_id, 'in_review');
    perform refuse_interested_approver(new.notice_id, new.officer_id);
    if not exists (
        select from notice n join officer o on o.department_id = n.department_id join officer_role r on r.officer_id = o.id
        where n.id = new.notice_id and o.id = new.officer_id and o.disabled_at is null and r.role = 'approver'
    ) then
        raise exception 'this officer is no approver of the department' using errcode = 'MU010';
    end if;
    return new;
end $$;
create trigger checked before insert on language_approval for each row execute function check_language_approval();

create function check_signature() returns trigger language plpgsql as $$
begin
    perform refuse_stale_version(new.notice_id, new.version);
    perform refuse_other_state(new.notice_id,
        case new.role when 'author' then 'draft' when 'approver' then 'in_review' else 'approved' end);
    if new.role = 'approver' then
        perform refuse_interested_approver(new.notice_id, new.officer_id);
    end if;
    -- The lock makes a revocation wait, or be seen: no signature slips in beside it.
    perform from signing_key k join notice n on n.id = new.notice_id and n.department_id = k.department_id
        where k.kid = new.kid and k.confirmed_at is not null and k.revoked_at is null
            and k.not_before <= now() and k.expires_at > now()
            and new.role = any (k.roles) and k.officer_id is not distinct from new.officer_id
        for share of k;
    if not found then
        raise exception 'this key cannot sign here: it is not this signer''s, not confirmed, revoked or out of its time' using errcode = 'MU005';
    end if;
    return new;
end $$;
create trigger checked before insert on notice_signature for each row execute function check_signature();

-- Who edited, approved and signed what stands as it was written; it goes only with a draft that is discarded.
create function trace_never_changes() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' and not exists (select from notice n where n.id = old.notice_id) then
        return old;
    end if;
    raise exception 'a row of % never changes', tg_table_name using errcode = 'MU001';
end $$;
create trigger never_changed before update or delete on notice_editor for each row execute function trace_never_changes();
create trigger never_changed before update or delete on language_approval for each row execute function trace_never_changes();
create trigger never_changed before update or delete on notice_signature for each row execute function trace_never_changes();
create trigger never_deleted before delete on notice_version for each row execute function trace_never_changes();

-- Whether those have signed and approved who must, with that officer as the author. Only signatures count that were made before
-- their key was revoked.
create function enough_signatures(notice text, named integer, author text, with_publisher boolean) returns boolean language sql stable as $$
    with good as (
        select s.role, s.officer_id from notice_signature s join signing_key k using (kid)
        where (s.notice_id, s.version) = (notice, named) and (k.revoked_at is null or s.signed_at < k.revoked_at)
    ), approval as (
        select a.lang, a.officer_id from language_approval a where (a.notice_id, a.version) = (notice, named)
    ), approver as (
        select officer_id from approval union select officer_id from good where role = 'approver'
    )
    select exists (
        select from notice_version v
        where v.notice_id = notice and v.version = named and v.voided_at is null
            and exists (select from good where role = 'author' and officer_id = author)
            and (select count(*) from good where role = 'approver') >= v.approvers_needed
            and (v.approvers_needed = 0 or v.languages <@ array(select lang from approval))
            and not exists (
                select from approver
                where officer_id = author or officer_id in (select e.officer_id from notice_editor e where e.notice_id = notice))
            and (not with_publisher or exists (select from good where role = 'publisher'))
    )
$$;

-- What was signed stays as it is until the notice is a draft again, and then it is void.
create function check_review(was notice, becomes notice) returns void language plpgsql as $$
begin
    if becomes.content <> was.content and (becomes.state <> 'draft' or becomes.version is not null) then
        raise exception 'an edit takes a notice back to draft, and voids what was frozen' using errcode = 'MU007';
    end if;
    if was.state <> 'draft' and becomes.state = 'draft' and becomes.version is not null then
        raise exception 'what comes back from review is no longer frozen' using errcode = 'MU007';
    end if;
    if was.state <> 'draft' and becomes.state <> 'draft'
        and (was.version, was.author_id) is distinct from (becomes.version, becomes.author_id) then
        raise exception 'what is in review never changes' using errcode = 'MU001';
    end if;
    if becomes.state in ('in_review', 'approved', 'published') and was.state <> becomes.state then
        perform refuse_stale_version(becomes.id, becomes.version);
    end if;
    if becomes.state = 'in_review' and not exists (
        select from notice_signature s
        where (s.notice_id, s.version, s.role, s.officer_id) = (becomes.id, becomes.version, 'author', becomes.author_id)
    ) then
        raise exception 'the author''s signature is missing' using errcode = 'MU008';
    end if;
    if becomes.state in ('approved', 'published')
        and not enough_signatures(becomes.id, becomes.version, becomes.author_id, becomes.state = 'published') then
        raise exception 'signatures or approvals are missing' using errcode = 'MU008';
    end if;
end $$;

create function check_publishing(becomes notice) returns void language plpgsql as $$
begin
    if not exists (
        select from notice_version v
        where v.notice_id = becomes.id and v.version = becomes.version and v.digest = becomes.digest
            and (v.expires_at, v.languages) = (becomes.expires_at, becomes.languages)
            and convert_from(v.payload, 'UTF8')::jsonb @> jsonb_build_object(
                'status', becomes.status, 'severity', becomes.severity, 'topic', becomes.topic)
    ) then
        raise exception 'this is not what the signed bytes say' using errcode = 'MU009';
    end if;
    if becomes.replaces_id is not null
        and not exists (select from notice n where n.id = becomes.replaces_id and n.state = 'published') then
        raise exception 'the notice that this one follows has ended' using errcode = 'MU007';
    end if;
end $$;

create function check_end(becomes notice) returns void language plpgsql as $$
begin
    if not exists (
        select from notice n
        where n.id = becomes.ended_by and n.replaces_id = becomes.id and n.state = 'published'
            and (n.intent = 'cancel') = (becomes.state = 'withdrawn')
    ) then
        raise exception 'a notice ends by a published one that follows it' using errcode = 'MU007';
    end if;
end $$;

create function check_notice_change() returns trigger language plpgsql as $$
declare
    -- All that changes when a published notice ends.
    ending text[] := array['state', 'revision', 'updated_at', 'ended_by', 'ended_at'];
begin
    if new.revision <> old.revision + 1 then
        raise exception 'the notice was changed by someone else: revision % is not the one after %', new.revision, old.revision using errcode = 'MU006';
    end if;
    if (old.id, old.department_id, old.family_id, old.intent, old.replaces_id, old.reach, old.created_by, old.created_at,
            old.source_sender, old.source_identifier)
        is distinct from (new.id, new.department_id, new.family_id, new.intent, new.replaces_id, new.reach, new.created_by,
            new.created_at, new.source_sender, new.source_identifier) then
        raise exception 'what a notice is never changes' using errcode = 'MU001';
    end if;
    if old.published_at is not null and (new.state = old.state or to_jsonb(old) - ending <> to_jsonb(new) - ending) then
        raise exception 'a published notice never changes' using errcode = 'MU001';
    end if;
    if old.state <> new.state and (old.state, new.state) not in (
        ('draft', 'in_review'), ('draft', 'approved'), ('in_review', 'draft'), ('in_review', 'approved'), ('approved', 'draft'),
        ('approved', 'published'), ('published', 'superseded'), ('published', 'withdrawn')
    ) then
        raise exception 'a notice does not go from % to %', old.state, new.state using errcode = 'MU007';
    end if;
    if old.published_at is not null then
        perform check_end(new);
        return new;
    end if;
    perform check_review(old, new);
    if new.state = 'published' then
        perform check_publishing(new);
    end if;
    return new;
end $$;
create trigger checked before update on notice for each row execute function check_notice_change();

-- What no longer counts is void, whoever forgets to say so.
create function void_old_version() returns trigger language plpgsql as $$
begin
    update notice_version v set voided_at = new.updated_at
        where v.notice_id = new.id and v.version is distinct from new.version and v.voided_at is null;
    return null;
end $$;
create trigger voids after update of version on notice for each row execute function void_old_version();

create function only_drafts_are_discarded() returns trigger language plpgsql as $$
begin
    if old.published_at is not null then
        raise exception 'a published notice stays' using errcode = 'MU001';
    end if;
    if old.state <> 'draft' then
        raise exception 'only a draft is discarded' using errcode = 'MU007';
    end if;
    return old;
end $$;
create trigger stays before delete on notice for each row execute function only_drafts_are_discarded();
