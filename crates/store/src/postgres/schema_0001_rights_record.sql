-- Rights to the record, version 1.

GRANT USAGE ON SCHEMA record TO connect_care_intake, connect_care_reads;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA record TO connect_care_intake;

-- What came in is never taken away; what is shown now is replaced by what is newer.
GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA record TO connect_care_intake;
GRANT UPDATE ON record.source, record.message, record.quarantine, record.person, record.chart, record.work_item,
    record.legal_hold
    TO connect_care_intake;
GRANT UPDATE ON record.chart_join, record.entry_covered TO connect_care_intake;
GRANT UPDATE (body, correction, done_at, outcome) ON record.quarantine_act TO connect_care_intake;
GRANT UPDATE, DELETE ON record.entry, record.letter_text, record.number_key, record.look_up
    TO connect_care_intake;
GRANT UPDATE (state, did, done_at, outcome) ON record.identity_act TO connect_care_intake;
GRANT UPDATE, DELETE ON record.kept_apart, record.hand_link TO connect_care_intake;
GRANT UPDATE, DELETE ON record.alike_count TO connect_care_intake;
GRANT UPDATE, DELETE ON record.feed, record.watched TO connect_care_intake;

GRANT SELECT ON record.source, record.word, record.person, record.chart, record.chart_version, record.number_key,
    record.look_up, record.entry, record.entry_version, record.letter_text, record.message,
    record.quarantine, record.work_item, record.removed_item TO connect_care_reads;
GRANT SELECT ON record.entry_covered TO connect_care_reads;
GRANT SELECT ON record.feed TO connect_care_reads;
GRANT SELECT (id, source, message, item, act, staff, staff_name, organisation, reason, at, correction, done_at, outcome)
    ON record.quarantine_act TO connect_care_reads;
-- An administrator's decisions are written by the desk: it adds to them, and sees of
-- quarantine what it needs to know that there is something to decide.
GRANT SELECT (number, organisation) ON record.source TO connect_care_desk;
GRANT SELECT (id, source, message, state) ON record.quarantine TO connect_care_desk;
GRANT SELECT (id, source, message, item, act, done_at), INSERT ON record.quarantine_act TO connect_care_desk;

-- So are an identity analyst's.
GRANT SELECT (id, person, other_person, state) ON record.work_item TO connect_care_desk;
GRANT SELECT, INSERT, UPDATE (state, done_at, outcome) ON record.identity_act TO connect_care_desk;
GRANT SELECT ON record.identity_act, record.sealed_pair, record.hand_link, record.kept_apart, record.link_event, record.chart_join
    TO connect_care_reads;

DO $$
DECLARE
    table_name text;
BEGIN
    FOREACH table_name IN ARRAY
        ARRAY['entry', 'entry_version', 'letter_text', 'message', 'quarantine', 'quarantine_act', 'work_item',
            'removed_item', 'identity_act']
    LOOP
        EXECUTE format('ALTER TABLE record.%I ENABLE ROW LEVEL SECURITY', table_name);
        EXECUTE format('ALTER TABLE record.%I FORCE ROW LEVEL SECURITY', table_name);
        EXECUTE format('CREATE POLICY intake ON record.%I TO connect_care_intake USING (true) WITH CHECK (true)',
            table_name);
    END LOOP;
END
$$;

-- What a read names in `connect_care.person` and `connect_care.counter` holds for its
-- own transaction alone; where it names nobody, nothing is seen.

-- Clinical content: of the person who is named alone, and only with a receipt that
-- opens their record now.
CREATE POLICY receipt ON record.entry FOR SELECT TO connect_care_reads
    USING (person = (SELECT nullif(current_setting('connect_care.person', true), '')::bigint)
        AND (SELECT desk.receipt_opens(nullif(current_setting('connect_care.person', true), '')::bigint, nullif(current_setting('connect_care.counter', true), '')::bigint)));
CREATE POLICY receipt ON record.entry_version FOR SELECT TO connect_care_reads
    USING (person = (SELECT nullif(current_setting('connect_care.person', true), '')::bigint)
        AND (SELECT desk.receipt_opens(nullif(current_setting('connect_care.person', true), '')::bigint, nullif(current_setting('connect_care.counter', true), '')::bigint)));
CREATE POLICY receipt ON record.letter_text FOR SELECT TO connect_care_reads
    USING (person = (SELECT nullif(current_setting('connect_care.person', true), '')::bigint)
        AND (SELECT desk.receipt_opens(nullif(current_setting('connect_care.person', true), '')::bigint, nullif(current_setting('connect_care.counter', true), '')::bigint)));

CREATE POLICY receipt ON record.removed_item FOR SELECT TO connect_care_reads
    USING (person = (SELECT nullif(current_setting('connect_care.person', true), '')::bigint)
        AND (SELECT desk.receipt_opens(nullif(current_setting('connect_care.person', true), '')::bigint, nullif(current_setting('connect_care.counter', true), '')::bigint)));

-- Whether a row of the log says that a message was shown to somebody who may see it.
CREATE FUNCTION desk.receipt_shows_message(of_counter bigint) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM desk.access_log AS l
        WHERE l.person = 0 AND l.counter = of_counter AND l.allowed AND l.act = 'message-shown');
END
$$;
GRANT CREATE ON SCHEMA desk TO connect_care_desk;
ALTER FUNCTION desk.receipt_shows_message(bigint) OWNER TO connect_care_desk;
REVOKE CREATE ON SCHEMA desk FROM connect_care_desk;
REVOKE ALL ON FUNCTION desk.receipt_shows_message(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desk.receipt_shows_message(bigint) TO connect_care_reads;

-- The bytes of a message: where an entry came from it that the read may see, or
-- where the log says that this message was to be shown.
CREATE POLICY receipt ON record.message FOR SELECT TO connect_care_reads
    USING (EXISTS (SELECT FROM record.entry AS e
            WHERE e.person = (SELECT nullif(current_setting('connect_care.person', true), '')::bigint) AND e.message = record.message.id)
        OR (SELECT nullif(current_setting('connect_care.person', true), '')::bigint) = 0 AND (SELECT desk.receipt_shows_message(nullif(current_setting('connect_care.counter', true), '')::bigint)));

-- The same for a message in quarantine: only of a source of the organisation that is
-- named, and only where the log says that somebody may see it.
CREATE FUNCTION desk.receipt_shows_quarantine(of_counter bigint, of_organisation text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM desk.access_log AS l
        WHERE l.person = 0 AND l.counter = of_counter AND l.allowed
            AND l.act IN ('quarantine-shown', 'quarantine-opened') AND of_organisation <> '');
END
$$;
GRANT CREATE ON SCHEMA desk TO connect_care_desk;
ALTER FUNCTION desk.receipt_shows_quarantine(bigint, text) OWNER TO connect_care_desk;
REVOKE CREATE ON SCHEMA desk FROM connect_care_desk;
REVOKE ALL ON FUNCTION desk.receipt_shows_quarantine(bigint, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desk.receipt_shows_quarantine(bigint, text) TO connect_care_reads;
CREATE POLICY quarantine ON record.message FOR SELECT TO connect_care_reads
    USING (source IN (SELECT s.number FROM record.source AS s
            WHERE s.organisation = (SELECT current_setting('connect_care.organisation', true)))
        AND EXISTS (SELECT FROM record.quarantine AS q WHERE q.source = record.message.source AND q.message = record.message.id)
        AND (SELECT desk.receipt_shows_quarantine(nullif(current_setting('connect_care.counter', true), '')::bigint,
            current_setting('connect_care.organisation', true))));

-- What waits for a hand: about the person who is named, or from a source of the
-- organisation that is named.
CREATE POLICY organisation ON record.quarantine FOR SELECT TO connect_care_reads
    USING (person = (SELECT nullif(current_setting('connect_care.person', true), '')::bigint)
        OR source IN (SELECT s.number FROM record.source AS s
            WHERE s.organisation = (SELECT current_setting('connect_care.organisation', true))));
CREATE POLICY organisation ON record.work_item FOR SELECT TO connect_care_reads
    USING (person = (SELECT nullif(current_setting('connect_care.person', true), '')::bigint) OR other_person = (SELECT nullif(current_setting('connect_care.person', true), '')::bigint)
        OR source IN (SELECT s.number FROM record.source AS s
            WHERE s.organisation = (SELECT current_setting('connect_care.organisation', true))));

-- An organisation's own quarantine and what was decided about it, for its administrator.
CREATE POLICY organisation ON record.quarantine_act FOR SELECT TO connect_care_reads
    USING (source IN (SELECT s.number FROM record.source AS s
        WHERE s.organisation = (SELECT current_setting('connect_care.organisation', true))));
CREATE POLICY organisation_decides ON record.quarantine FOR SELECT TO connect_care_desk
    USING (source IN (SELECT s.number FROM record.source AS s
        WHERE s.organisation = (SELECT current_setting('connect_care.organisation', true))));
CREATE POLICY organisation_decides ON record.quarantine_act TO connect_care_desk
    USING (source IN (SELECT s.number FROM record.source AS s
        WHERE s.organisation = (SELECT current_setting('connect_care.organisation', true))))
    WITH CHECK (source IN (SELECT s.number FROM record.source AS s
        WHERE s.organisation = (SELECT current_setting('connect_care.organisation', true))));

-- Doubts about who is who, and what was decided about them: only where the log says that
-- somebody may see them, or that something is decided.
CREATE FUNCTION desk.receipt_shows_doubts(of_counter bigint) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM desk.access_log AS l
        WHERE l.person = 0 AND l.counter = of_counter AND l.allowed
            AND l.act IN ('work-list-seen', 'pair-seen', 'identity-decided'));
END
$$;
GRANT CREATE ON SCHEMA desk TO connect_care_desk;
ALTER FUNCTION desk.receipt_shows_doubts(bigint) OWNER TO connect_care_desk;
REVOKE CREATE ON SCHEMA desk FROM connect_care_desk;
REVOKE ALL ON FUNCTION desk.receipt_shows_doubts(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desk.receipt_shows_doubts(bigint) TO connect_care_reads;
CREATE POLICY doubts ON record.work_item FOR SELECT TO connect_care_reads
    USING ((SELECT desk.receipt_shows_doubts(nullif(current_setting('connect_care.counter', true), '')::bigint)));
CREATE POLICY doubts ON record.identity_act FOR SELECT TO connect_care_reads
    USING ((SELECT desk.receipt_shows_doubts(nullif(current_setting('connect_care.counter', true), '')::bigint)));
CREATE POLICY decides ON record.work_item FOR SELECT TO connect_care_desk USING (true);
CREATE POLICY decides ON record.identity_act TO connect_care_desk USING (true) WITH CHECK (true);

-- What would move before it is decided: section, date and source of entries, and nothing of what they say. It sees
-- what the intake sees, and its caller does not.
GRANT EXECUTE ON FUNCTION desk.receipt_shows_doubts(bigint) TO connect_care_intake;
GRANT USAGE ON SCHEMA desk TO connect_care_intake;
CREATE FUNCTION record.moving_entries(of_counter bigint, of_person bigint, of_charts bigint[])
RETURNS TABLE (id bigint, kind bigint, source bigint, clinical_time text, is_sensitive boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
    IF NOT desk.receipt_shows_doubts(of_counter) THEN
        RETURN;
    END IF;
    RETURN QUERY SELECT e.id, e.kind, e.source, e.clinical_time, e.sensitivity <> 0 FROM record.entry AS e
        WHERE e.person = of_person AND e.chart = ANY(of_charts);
END
$$;
GRANT CREATE ON SCHEMA record TO connect_care_intake;
ALTER FUNCTION record.moving_entries(bigint, bigint, bigint[]) OWNER TO connect_care_intake;
REVOKE CREATE ON SCHEMA record FROM connect_care_intake;
REVOKE ALL ON FUNCTION record.moving_entries(bigint, bigint, bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION record.moving_entries(bigint, bigint, bigint[]) TO connect_care_reads;

-- Which entries stood in a record while it held two people: section, date and source, and nothing of what they say;
-- only where the log says that somebody is told who saw it.
CREATE FUNCTION desk.receipt_reports_exposure(of_counter bigint) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM desk.access_log AS l
        WHERE l.person = 0 AND l.counter = of_counter AND l.allowed AND l.act = 'exposure-reported');
END
$$;
GRANT CREATE ON SCHEMA desk TO connect_care_desk;
ALTER FUNCTION desk.receipt_reports_exposure(bigint) OWNER TO connect_care_desk;
REVOKE CREATE ON SCHEMA desk FROM connect_care_desk;
REVOKE ALL ON FUNCTION desk.receipt_reports_exposure(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desk.receipt_reports_exposure(bigint) TO connect_care_intake;
CREATE FUNCTION record.stood_entries(of_counter bigint, of_person bigint, of_charts bigint[], from_second bigint)
RETURNS TABLE (what bigint, id bigint, chart bigint, kind bigint, source bigint, is_sensitive boolean,
    clinical_time text, since bigint, until bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
    IF NOT desk.receipt_reports_exposure(of_counter) THEN
        RETURN;
    END IF;
    RETURN QUERY
        SELECT 0::bigint, e.id, e.chart, e.kind, e.source, e.sensitivity <> 0, e.clinical_time, e.since, NULL::bigint
        FROM record.entry AS e WHERE e.person = of_person AND e.chart = ANY(of_charts)
        UNION ALL
        SELECT 0, v.id, v.chart, v.kind, v.source, v.sensitivity <> 0, v.clinical_time, v.since, v.until
        FROM record.entry_version AS v
        WHERE v.person = of_person AND v.chart = ANY(of_charts) AND v.since < v.until
        UNION ALL
        SELECT 1, c.entry, NULL, NULL, NULL, NULL, NULL, c.since, c.until
        FROM record.entry_covered AS c WHERE c.person = of_person
        UNION ALL
        SELECT 2, count(*), NULL, NULL, r.source, NULL, NULL, NULL, NULL
        FROM record.removed_item AS r WHERE r.person = of_person AND r.is_done = 1 AND r.at >= from_second GROUP BY r.source
        UNION ALL
        SELECT 3, max(a.at), NULL, NULL, NULL, NULL, NULL, NULL, NULL
        FROM record.application AS a WHERE a.message = 0 AND a.act = 4 HAVING max(a.at) IS NOT NULL;
END
$$;
GRANT CREATE ON SCHEMA record TO connect_care_intake;
ALTER FUNCTION record.stood_entries(bigint, bigint, bigint[], bigint) OWNER TO connect_care_intake;
REVOKE CREATE ON SCHEMA record FROM connect_care_intake;
REVOKE ALL ON FUNCTION record.stood_entries(bigint, bigint, bigint[], bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION record.stood_entries(bigint, bigint, bigint[], bigint) TO connect_care_reads;
