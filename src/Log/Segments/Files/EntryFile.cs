using Semel.Log.Segments.Device;
using Semel.Protocol.Records;

namespace Semel.Log.Segments.Files;

/// <summary>
/// A file of entries of one size, only ever added to. New entries gather in memory and are written a page at a time; after a crash the missing ones
/// are made again from the segment. What the file holds may be anything, or gone. One thread adds; any may read.
/// </summary>
sealed class EntryFile(SegmentFile file, int entrySize) : IDisposable
{
    const int SmallestTail = 16, LargestTail = 512;

    /// <summary>No index has more entries than the largest segment has batches.</summary>
    const int MostEntries = int.MaxValue / RecordBatchHeader.Size;

    byte[] _tail = [];
    int _written, _inTail;
    bool _closed, _isHeld, _hasSurplus;

    public string Path => file.Path;

    public int Count
    {
        get
        {
            lock (this) return _written + _inTail;
        }
    }

    /// <summary>Takes over the file's whole entries.</summary>
    /// <returns>False when it cannot be the file that was written: it is missing, or its size is none that it can have.</returns>
    public bool TryLoad()
    {
        var info = new FileInfo(Path);
        var (count, rest) = Math.DivRem(info.Exists ? info.Length : 0, entrySize);
        _written = count <= MostEntries ? (int)count : 0;
        return info.Exists && rest == 0 && count <= MostEntries;
    }

    public bool Exists => File.Exists(Path);

    public void Add(ReadOnlySpan<byte> entry)
    {
        lock (this)
        {
            if (_inTail * entrySize == _tail.Length)
            {
                if (_inTail >= LargestTail && !_isHeld) WriteTail();
                else Array.Resize(ref _tail, Math.Max(SmallestTail, _inTail * 2) * entrySize);
            }
            entry.CopyTo(_tail.AsSpan(_inTail++ * entrySize));
        }
    }

    /// <returns>False when the entry cannot be read: whoever asked does without.</returns>
    public bool TryRead(int index, Span<byte> entry)
    {
        lock (this)
        {
            if (index >= _written)
            {
                _tail.AsSpan((index - _written) * entrySize, entrySize).CopyTo(entry);
                return true;
            }
        }
        return CanRead(entry, (long)index * entrySize);
    }

    /// <summary>The whole entries that are in the file; none when it cannot be read.</summary>
    public ReadOnlySpan<byte> ReadWritten()
    {
        if (_written == 0) return [];
        var bytes = new byte[_written * entrySize];
        return CanRead(bytes, 0) ? bytes : [];
    }

    /// <summary>An index that cannot be read is as good as one that is not there.</summary>
    bool CanRead(Span<byte> bytes, long position)
    {
        try
        {
            file.Read(bytes, position);
            return true;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Writes what is in memory; it is not forced. Without entries an empty file is made, so that one that is missing was lost.</summary>
    public void Flush()
    {
        lock (this)
        {
            if (_inTail > 0) WriteTail();
            else CutSurplus();
            if (_written == 0 && !Exists)
            {
                file.Open();
                file.NoteUnforced();
            }
        }
    }

    /// <summary>Writes what is in memory and makes the file survive a power cut.</summary>
    public void Force(IForce force)
    {
        Flush();
        file.Force(force);
    }

    /// <summary>
    /// After a crash: only the first entries are kept. The file stays as it is, and what is added stays in memory, until <see cref="Release"/>:
    /// a log that turns out to be damaged is left as it was found.
    /// </summary>
    public void HoldAt(int count)
    {
        lock (this) (_written, _inTail, _isHeld) = (count, 0, true);
    }

    /// <summary>
    /// The file may be written again; what is in it beyond the entries that were kept goes. Where that cannot be done now, as on a full device, it goes before the next entry is written:
    /// entries beyond are never read.
    /// </summary>
    /// <returns>False when it was not held.</returns>
    public bool Release()
    {
        lock (this)
        {
            if (!_isHeld) return false;
            (_isHeld, _hasSurplus) = (false, true);
            try
            {
                CutSurplus();
            }
            catch (IOException)
            {
                // The log is served without it.
            }
            return true;
        }
    }

    void CutSurplus()
    {
        if (!_hasSurplus) return;
        var length = (long)_written * entrySize;
        if (Exists && file.Length != length) file.SetLength(length);
        _hasSurplus = false;
    }

    void WriteTail()
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        CutSurplus();
        file.Write(_tail.AsSpan(0, _inTail * entrySize), (long)_written * entrySize);
        _written += _inTail;
        _inTail = 0;
    }

    /// <summary>It is not needed at the moment.</summary>
    public void Rest(OpenFiles files) => files.Rest(file);

    public void Dispose()
    {
        lock (this)
        {
            _closed = true;
            file.Dispose();
            _tail = [];
            _inTail = 0;
        }
    }

    public void Remove()
    {
        Dispose();
        File.Delete(Path);
    }
}
