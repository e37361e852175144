-- A browser keeps one secret until its session ends: the refresh tokens of other sessions are used once, and two tabs would collide.

alter table session
    -- SHA-256 of the secret in the cookie. Null: the session has access tokens and refresh tokens, and no cookie.
    add column browser_digest bytea unique check (octet_length(browser_digest) = 32),
    -- When the cookie was last used, give or take the five minutes for which it is not written again.
    add column used_at timestamptz,
    add check ((browser_digest is null) = (used_at is null));
