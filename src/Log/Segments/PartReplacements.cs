using Semel.Log.Segments.Device;
using Semel.Log.Segments.Files;

namespace Semel.Log.Segments;

/// <summary>
/// Replaces parts of one log. The new files lie beside the old ones, under names of their own, and are forced; then the list of parts is exchanged in one step, which is the moment of the
/// replacement; then the old files go. A crash before that moment leaves new files that nobody names, a crash after it old ones: the next opening removes them. Whoever reads an old file that has been
/// removed looks again in the new list.
/// <para>
/// Everything below the end of what is replaced is forced first: so neither the journal nor a recovery point, which know the old files, is needed for it.
/// </para>
/// <para>Its lock is held while files are written, so closing the log waits for that much and no longer.</para>
/// </summary>
sealed class PartReplacements(SegmentLog log, string folder, LogOptions options, SegmentStoreOptions store, PartsFile? parts)
{
    readonly object _gate = new();
    // Its leftovers were removed when the log was opened, unless something was missing.
    PartsFile? _parts = parts;
    int _generation = parts?.NextGeneration ?? 1;
    PartReplacement? _current;
    string? _whyNot;
    bool _isClosed;

    internal object Gate => _gate;

    public ILogReplacement Begin(long fromOffset, long upToOffset)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isClosed, log);
            if (_whyNot is { } reason) throw new LogFailedException($"parts of the log {log.Name} cannot be replaced before it is opened again: {reason}");
            if (_current is not null) throw new InvalidOperationException($"parts of the log {log.Name} are being replaced already");
            CheckRange(fromOffset, upToOffset);
            log.ThrowIfHole(fromOffset, upToOffset);
            // From now on a file of a generation without the list beside it is damage, and never a leftover.
            if (_parts is null) Save(PartsFile.First(log.Identity));
            return _current = new PartReplacement(this, log, folder, options, store, fromOffset, upToOffset, _generation++);
        }
    }

    void CheckRange(long fromOffset, long upToOffset)
    {
        var segments = log.Segments;
        var isBegin = segments.Sealed.Any(segment => segment.BaseOffset == fromOffset);
        var isEnd = segments.All.Length > 1 && segments.Within(upToOffset, upToOffset + 1).Any();
        if (!isBegin || !isEnd || upToOffset <= fromOffset) throw new ArgumentException($"the log {log.Name} has no sealed parts from offset {fromOffset} to {upToOffset}");
    }

    /// <summary>Within the gate: the moment of the replacement, and what comes before and after it.</summary>
    /// <param name="made">Sealed and forced, in order; taken over when they are the log's.</param>
    internal void Commit(PartReplacement replacement, List<Segment> made)
    {
        log.ThrowIfUnwritable();
        log.ThrowIfHole(replacement.FromOffset, replacement.UpToOffset);
        var points = store.Points;
        var settledTo = Math.Max(_parts!.SettledTo, replacement.UpToOffset);
        try
        {
            foreach (var segment in log.Segments.Within(0, settledTo)) segment.Force(store.Force);
            points.Reached("parts.before-dirsync");
            store.Force.Directory(folder);
            points.Reached("parts.after-dirsync");
        }
        catch (ForceFailedException failure)
        {
            throw log.FailStore(failure);
        }
        var replaced = log.Segments.Within(replacement.FromOffset, replacement.UpToOffset).Select(segment => segment.Name);
        Save(new PartsFile(log.Identity, settledTo, _generation, Listed(replacement, made, settledTo), [.. replaced]));
        _current = null;
        // They are the log's from now on, whatever comes.
        Segment[] added = [.. made];
        made.Clear();
        Remove(log.Exchange(replacement.FromOffset, replacement.UpToOffset, added));
        foreach (var segment in added) segment.Rest();
    }

    List<Part> Listed(PartReplacement replacement, List<Segment> made, long settledTo)
    {
        var listed = new List<Part>();
        foreach (var segment in log.Segments.Exchanged(replacement.FromOffset, replacement.UpToOffset, made).All)
        {
            if (segment.BaseOffset >= settledTo) break;
            // By its head a foreign file in its place is told from it.
            if (segment.Runs is null) segment.EnsureOwn();
            listed.Add(new Part(segment.Print, segment.Generation));
        }
        return listed;
    }

    /// <summary>When it is not known whether the new list is there, nothing is removed that either of the two names.</summary>
    void Save(PartsFile next)
    {
        try
        {
            next.Replace(folder, store.Force, store.Points);
            _parts = next;
        }
        catch (Exception failure)
        {
            if (IsThere(next)) _whyNot = failure.Message;
            throw failure is ForceFailedException ? log.FailStore(failure) : failure;
        }
    }

    bool IsThere(PartsFile next)
    {
        try
        {
            return PartsFile.Read(folder, log.Identity, store.Read)?.NextGeneration is { } there && there >= next.NextGeneration;
        }
        catch (IOException)
        {
            return true;
        }
    }

    /// <summary>The new parts serve whether this succeeds or not: what is left goes when the log is opened next.</summary>
    void Remove(List<Segment> gone)
    {
        try
        {
            foreach (var segment in gone)
            {
                store.Points.Reached("parts.before-unlink");
                segment.Remove();
            }
            store.Points.Reached("parts.after-unlink");
            store.Force.Directory(folder);
            store.Points.Reached("parts.after-unlink-dirsync");
        }
        catch (ForceFailedException failure)
        {
            throw log.FailStore(failure);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            _whyNot = failure.Message;
        }
    }

    /// <summary>Within the gate: the replacement has ended without being committed.</summary>
    internal void Ended(PartReplacement replacement, List<Segment> made)
    {
        if (_current == replacement) _current = null;
        foreach (var segment in made)
        {
            // What may be named by the list stays.
            if (_whyNot is not null) segment.Dispose();
            else TryRemove(segment);
        }
    }

    static void TryRemove(Segment segment)
    {
        try
        {
            segment.Remove();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The next opening does.
        }
    }

    /// <summary>The log is closed or deleted: what is on its way is thrown away.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            _current?.End();
        }
    }
}
