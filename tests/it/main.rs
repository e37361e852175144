//! All integration tests of Munadi, in one binary. Each test has a database of its own (`munadi_testkit::database`), made from a
//! template on the server that `DATABASE_URL` names.

mod database;
