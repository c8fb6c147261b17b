-- Rights, version 1. The program connects as a login that may become these roles
-- and has the rights of one of them at a time; none of them owns anything, and
-- none may change the schema. Row-level security is the second wall: it stands
-- also where the program's own filter were to fail.

-- Roles belong to the whole cluster: another database may have made them, or be
-- making them at this moment.
DO $$
DECLARE
    role_name text;
BEGIN
    FOREACH role_name IN ARRAY ARRAY['connect_care_intake', 'connect_care_desk', 'connect_care_reads'] LOOP
        BEGIN
            IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = role_name) THEN
                EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
            END IF;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;
        END;
        BEGIN
            IF NOT pg_has_role(current_user, role_name, 'MEMBER') THEN
                EXECUTE format('GRANT %I TO %I', role_name, current_user);
            END IF;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;
        END;
    END LOOP;
END
$$;

-- == The desk: access log, permissions, choices, sessions ==

GRANT USAGE ON SCHEMA desk TO connect_care_desk, connect_care_reads;

-- The log is only ever added to.
GRANT SELECT, INSERT ON desk.access_log, desk.permission TO connect_care_desk;
GRANT SELECT, INSERT, UPDATE ON desk.chain_head, desk.person_facts TO connect_care_desk;
GRANT SELECT, INSERT, UPDATE (until) ON desk.emergency TO connect_care_desk;
GRANT SELECT, INSERT, DELETE, UPDATE (seen_at, open_person, open_handle, found) ON desk.session TO connect_care_desk;
GRANT SELECT, INSERT, DELETE ON desk.sign_in TO connect_care_desk;
GRANT SELECT (id, person, counter, act, organisation, at, event) ON desk.access_log TO connect_care_reads;

-- What a decision needs to know of the record: nothing that a source told.
GRANT USAGE ON SCHEMA record TO connect_care_desk;
GRANT SELECT (id, version, link_version, restricted) ON record.person TO connect_care_desk;
GRANT SELECT (id, person) ON record.chart TO connect_care_desk;
GRANT SELECT (chart, person) ON record.link_event TO connect_care_desk;

DO $$
DECLARE
    table_name text;
BEGIN
    FOREACH table_name IN ARRAY
        ARRAY['access_log', 'chain_head', 'person_facts', 'permission', 'emergency', 'session', 'sign_in']
    LOOP
        EXECUTE format('ALTER TABLE desk.%I ENABLE ROW LEVEL SECURITY', table_name);
        EXECUTE format('ALTER TABLE desk.%I FORCE ROW LEVEL SECURITY', table_name);
        EXECUTE format('CREATE POLICY desk ON desk.%I TO connect_care_desk USING (true) WITH CHECK (true)', table_name);
    END LOOP;
END
$$;

-- A privacy officer's organisation, or `*` for whoever may see every organisation's rows.
CREATE POLICY organisation ON desk.access_log FOR SELECT TO connect_care_reads
    USING (organisation = (SELECT current_setting('connect_care.organisation', true))
        OR '*' = (SELECT current_setting('connect_care.organisation', true)));

-- In PL/pgSQL, whose plans are kept for the session: it is asked at each opening.
--
-- Whether a row of the log lets content of this person out now: it must say that
-- a record was shown, and neither the person nor anybody to whom their charts were
-- linked before may have chosen meanwhile not to share. The lawful copy of a
-- record is the person's own and is made all the same.
CREATE FUNCTION desk.receipt_opens(of_person bigint, of_counter bigint) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM desk.access_log AS l
        WHERE l.person = of_person AND l.counter = of_counter AND l.allowed
            AND (l.act = 'person-exported' OR l.act = 'record-opened' AND NOT EXISTS (
                SELECT FROM desk.person_facts AS f
                WHERE f.opted_out AND (f.person = of_person OR f.person IN (
                    SELECT e.person FROM record.chart AS c
                    JOIN record.link_event AS e ON e.chart = c.id
                    WHERE c.person = of_person)))));
END
$$;
-- It sees what the desk sees, and its caller does not. To own it, the desk needs a
-- right for this moment alone.
GRANT CREATE ON SCHEMA desk TO connect_care_desk;
ALTER FUNCTION desk.receipt_opens(bigint, bigint) OWNER TO connect_care_desk;
REVOKE CREATE ON SCHEMA desk FROM connect_care_desk;
REVOKE ALL ON FUNCTION desk.receipt_opens(bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desk.receipt_opens(bigint, bigint) TO connect_care_reads;

-- == The record ==
