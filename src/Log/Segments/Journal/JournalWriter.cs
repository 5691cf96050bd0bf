using System.Security.Cryptography;
using Semel.Log.Segments.Device;
using Semel.Protocol.Records;

namespace Semel.Log.Segments.Journal;

/// <summary>
/// Makes appends of many logs durable by one write and one forced write to the current file of the ring. Used by one thread at a time.
/// <para>
/// Small batches are copied together; those of a larger append are written from where they lie. An append too large for a file, or one large append alone,
/// is forced in its segment instead, since writing it twice would only halve what the device can do; an entry without bytes then notes how far that segment
/// is forced. That note is not forced itself: it only helps to tell damage from a torn tail.
/// </para>
/// </summary>
sealed class JournalWriter(uint run, ulong secret, JournalRing ring, Checkpointer checkpointer, SegmentStoreOptions options)
{
    /// <summary>An append up to this size is copied; and how much one group copies at most.</summary>
    const int LargestCopied = 32 << 10, MostCopied = 1 << 20;
    const int FirstStage = 64 << 10;

    static readonly byte[] Filling = new byte[JournalGroup.Alignment];

    readonly List<ReadOnlyMemory<byte>> _pieces = [];
    byte[] _stage = [];
    int _staged, _pieceStart;
    JournalFile? _file;
    long _position, _sequence, _forced, _directBytes;
    uint _crc;

    /// <summary>The sequence of the next group. Any thread may ask; groups of appends that are complete lie before it.</summary>
    public long NextSequence => Volatile.Read(ref _sequence);

    public static ulong NewSecret() => BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));

    /// <summary>Returns when all of the appends are durable.</summary>
    /// <exception cref="IOException">
    /// Some may be, some may not; nothing may be written any more. Unless the device was full: then the last group was not written, and the next one takes its place and its number.
    /// </exception>
    public void Commit(List<PendingAppend> appends)
    {
        for (var at = 0; at < appends.Count;)
        {
            if (IsForcedDirectly(appends, at))
            {
                ForceDirectly(appends[at++]);
                continue;
            }
            _file ??= ring.Take();
            var count = CountThatFit(appends, at);
            if (count > 0) WriteAndForce(appends, at, count);
            else NextFile();
            at += count;
        }
    }

    /// <exception cref="LogStoreException">Somebody removed the file that is written to.</exception>
    public void RefuseIfRemoved()
    {
        if (_file?.WasRemoved == true) throw new LogStoreException($"the file {_file.Path} was removed while it was in use: stop the broker and start it again");
    }

    bool IsForcedDirectly(List<PendingAppend> appends, int at) =>
        (appends.Count == 1 && appends[at].Size >= options.DirectForceBytes)
        || JournalGroup.Align(JournalGroup.HeaderSize + JournalEntry.HeaderSize + (long)appends[at].Size) > ring.FileBytes;

    /// <summary>How many appends from a place on make one group that fits into the rest of the file.</summary>
    int CountThatFit(List<PendingAppend> appends, int at)
    {
        long size = JournalGroup.HeaderSize, copied = 0;
        var count = 0;
        for (; at + count < appends.Count; count++)
        {
            var append = appends[at + count];
            if (IsCopied(append)) copied += append.Size;
            size += JournalEntry.HeaderSize + append.Size;
            if (_position + JournalGroup.Align(size) > ring.FileBytes || copied > MostCopied) break;
        }
        return count;
    }

    static bool IsCopied(PendingAppend append) => append.Size <= LargestCopied;

    void NextFile()
    {
        // A note at its end that was not forced yet must not be missing where a later file goes on.
        if (_forced < _sequence) Force();
        var full = _file!;
        (_file, _position) = (null, 0);
        full.NextSequence = _sequence;
        checkpointer.Request(full);
        _file = ring.Take();
    }

    void WriteAndForce(List<PendingAppend> appends, int first, int count)
    {
        int size = JournalGroup.HeaderSize, staged = JournalGroup.HeaderSize;
        for (var at = first; at < first + count; at++)
        {
            size += JournalEntry.HeaderSize + appends[at].Size;
            staged += JournalEntry.HeaderSize + (IsCopied(appends[at]) ? appends[at].Size : 0);
        }
        Begin(staged);
        for (var at = first; at < first + count; at++) Add(appends[at]);
        Write(size, count);
        options.Points.Reached("log.before-fsync");
        Force();
        options.Points.Reached("log.after-fsync-before-ack");
    }

    void Force()
    {
        options.Force.File(_file!.File, _file.Path);
        _forced = _sequence;
    }

    void ForceDirectly(PendingAppend append)
    {
        options.Points.Reached("log.before-fsync");
        append.Segment.Force(options.Force);
        options.Points.Reached("log.after-fsync-before-ack");
        NoteForced(append);
        _directBytes += append.Size;
        if (_directBytes < ring.FileBytes) return;
        _directBytes = 0;
        checkpointer.Request(append.Segment);
    }

    void NoteForced(PendingAppend append)
    {
        _file ??= ring.Take();
        if (_position + JournalGroup.Alignment > ring.FileBytes) NextFile();
        const int size = JournalGroup.HeaderSize + JournalEntry.HeaderSize;
        Begin(size);
        AddHeader(new JournalEntry(append.Log.Identity, append.Segment.BaseOffset, append.Position + append.Size, 0, append.EndOffset));
        Write(size, entries: 1);
    }

    /// <param name="staged">Bytes that will be copied into the stage.</param>
    void Begin(int staged)
    {
        var needed = staged + JournalGroup.Alignment;
        if (needed > _stage.Length) _stage = new byte[Math.Max(FirstStage, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)needed))];
        _pieces.Clear();
        (_staged, _pieceStart, _crc) = (JournalGroup.HeaderSize, 0, 0);
    }

    void Add(PendingAppend append)
    {
        _file!.Note(append.Segment);
        AddHeader(new JournalEntry(append.Log.Identity, append.Segment.BaseOffset, append.Position, append.Size, append.EndOffset));
        for (var at = 0; at < append.Batches.Count; at++)
        {
            var batch = append.Batches[at];
            _crc = JournalEntry.AppendHead(_crc, batch.Span);
            if (IsCopied(append)) Stage(batch.Span);
            else
            {
                EndPiece();
                _pieces.Add(batch);
            }
        }
    }

    void AddHeader(JournalEntry entry)
    {
        Span<byte> header = stackalloc byte[JournalEntry.HeaderSize];
        entry.Write(header);
        _crc = Crc32C.Append(_crc, header);
        Stage(header);
    }

    void Stage(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_stage.AsSpan(_staged));
        _staged += bytes.Length;
    }

    /// <summary>What was staged since the last piece becomes one.</summary>
    void EndPiece()
    {
        if (_staged > _pieceStart) _pieces.Add(_stage.AsMemory(_pieceStart, _staged - _pieceStart));
        _pieceStart = _staged;
    }

    /// <summary>Fills in the group's header, fills up its last page, and writes it to the file.</summary>
    void Write(int size, int entries)
    {
        var group = new JournalGroup(run, secret, _sequence, _forced, size, entries, _crc);
        group.Write(_stage);
        var filling = (int)group.AlignedSize - size;
        if (_pieces.Count == 0)
        {
            // The usual case: all of it was copied, and one write without a list does.
            _stage.AsSpan(_staged, filling).Clear();
            options.BeforeWrite?.Invoke(_file!.Path);
            RandomAccess.Write(_file!.File, _stage.AsSpan(0, _staged + filling), _position);
        }
        else
        {
            EndPiece();
            if (filling > 0) _pieces.Add(Filling.AsMemory(0, filling));
            options.BeforeWrite?.Invoke(_file!.Path);
            RandomAccess.Write(_file!.File, _pieces, _position);
            _pieces.Clear();
        }
        _position += group.AlignedSize;
        Volatile.Write(ref _sequence, _sequence + 1);
    }
}
