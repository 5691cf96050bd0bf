using Microsoft.Win32.SafeHandles;

namespace Semel.Log.Segments.Device;

/// <summary>
/// A file that is opened when somebody uses it, and may be closed by the account it is counted in while nobody does. Thread safe.
/// <para>
/// It knows whether it was written since it was forced, and is never closed by the account in between: that a page could not be written back is told by the operating system to those
/// who had the file open at that moment, and may be forgotten with the file's pages once nobody has. A forced write by a later handle would succeed then, although the bytes are lost.
/// </para>
/// </summary>
/// <remarks>There are tens of thousands: each is its own lock, which takes no memory.</remarks>
/// <param name="mode">How it is opened.</param>
abstract class OnDemandFile(OpenFiles files, FileMode mode) : INamedFile, IDisposable
{
    /// <summary>In place of the number of users, when it is not open.</summary>
    const int Closed = -1;
    const int MostTries = 4;

    SafeFileHandle? _handle;
    int _users = Closed;
    long _writes, _forced;
    volatile bool _isGone, _wasUsed;
    volatile ForceFailedException? _forceFailure;

    public abstract string Path { get; }

    /// <summary>Where it stands in the account; owned by that.</summary>
    internal int Place { get; set; } = -1;

    /// <summary>Bytes may be in it that are not on the device.</summary>
    public bool IsUnforced => Interlocked.Read(ref _writes) != Interlocked.Read(ref _forced);

    /// <summary>What is in it already may not be on the device.</summary>
    public void NoteUnforced() => Interlocked.Increment(ref _writes);

    /// <summary>All that is in it is known to be on the device. Only while nobody writes to it.</summary>
    public void NoteForced() => NoteForced(Interlocked.Read(ref _writes));

    /// <exception cref="IOException">It is there already, or cannot be made.</exception>
    public void Create()
    {
        Acquire(FileMode.CreateNew);
        Release();
    }

    /// <summary>Opens it, making it if that is how it is opened.</summary>
    public void Open()
    {
        Acquire(mode);
        Release();
    }

    public long Length => Use(static (file, _) => RandomAccess.GetLength(file), 0);

    public void SetLength(long length) => Write(static (file, length) => RandomAccess.SetLength(file, length), length);

    /// <summary>Reads bytes that the file has.</summary>
    /// <exception cref="ReadFailedException">The device did not give them all.</exception>
    public void Read(Span<byte> bytes, long position)
    {
        var file = Acquire(mode);
        try
        {
            files.Reading.Exactly(file, this, bytes, position);
        }
        finally
        {
            Release();
        }
    }

    /// <summary>The same up to a length of the file, with zeros in place of what cannot be read.</summary>
    /// <returns>How many bytes lie before that length.</returns>
    public int ReadWhatCanBe(Span<byte> bytes, long position, long length)
    {
        var file = Acquire(mode);
        try
        {
            return files.Reading.WhatCanBeRead(file, this, bytes, position, length);
        }
        finally
        {
            Release();
        }
    }

    public void Write(ReadOnlySpan<byte> bytes, long position)
    {
        var file = Acquire(mode);
        try
        {
            files.BeforeWrite?.Invoke(Path);
            RandomAccess.Write(file, bytes, position);
        }
        finally
        {
            NoteUnforced();
            Release();
        }
    }

    public void Write(IReadOnlyList<ReadOnlyMemory<byte>> pieces, long position) => Write(static (file, all) => RandomAccess.Write(file, all.pieces, all.position), (pieces, position));

    void Write<TState>(Action<SafeFileHandle, TState> write, TState state)
    {
        var file = Acquire(mode);
        try
        {
            files.BeforeWrite?.Invoke(Path);
            write(file, state);
        }
        finally
        {
            // After the write and before the file can be closed: so a force that began before it does not count for it.
            NoteUnforced();
            Release();
        }
    }

    TResult Use<TState, TResult>(Func<SafeFileHandle, TState, TResult> use, TState state)
    {
        var file = Acquire(mode);
        try
        {
            return use(file, state);
        }
        finally
        {
            Release();
        }
    }

    /// <summary>Forces it if something was written since that was done last.</summary>
    /// <exception cref="ForceFailedException">Nobody knows what is on the device.</exception>
    public void Force(IForce force)
    {
        if (!IsUnforced) return;
        var file = Acquire(mode);
        try
        {
            Force(force, file, Interlocked.Read(ref _writes));
        }
        finally
        {
            Release();
        }
    }

    /// <param name="writes">How often it had been written before.</param>
    internal void Force(IForce force, SafeFileHandle file, long writes)
    {
        if (_forceFailure is { } before) throw before;
        try
        {
            force.File(file, Path);
            NoteForced(writes);
        }
        catch (ForceFailedException failure)
        {
            // The system tells it once; a second call would succeed and prove nothing.
            _forceFailure = failure;
            throw;
        }
    }

    /// <summary>The account keeps it from being closed and forces it.</summary>
    /// <param name="writes">To be given back when that was done.</param>
    /// <returns>Null when it is not open: it needs no forcing then.</returns>
    internal SafeFileHandle? Hold(out long writes)
    {
        var isOpen = TryUse(out var file);
        writes = Interlocked.Read(ref _writes);
        return isOpen ? file : null;
    }

    /// <summary>Forcing it has not failed before.</summary>
    internal bool CanBeForced => _forceFailure is null;

    internal void LetGo() => Release();

    internal void NoteForced(long writes)
    {
        for (var forced = Interlocked.Read(ref _forced); forced < writes;)
        {
            var seen = Interlocked.CompareExchange(ref _forced, writes, forced);
            if (seen == forced) return;
            forced = seen;
        }
    }

    /// <returns>Whether it was used since this was asked last.</returns>
    internal bool TakeWasUsed()
    {
        if (!_wasUsed) return false;
        _wasUsed = false;
        return true;
    }

    SafeFileHandle Acquire(FileMode how)
    {
        if (TryUse(out var open)) return open!;
        for (var tries = 1; ; tries++)
        {
            files.MakeRoom();
            try
            {
                return OpenAndUse(how);
            }
            catch (IOException reached) when (DescriptorLimit.IsReached(reached) && tries < MostTries)
            {
                files.CloseAllAtRest();
            }
            catch (IOException reached) when (DescriptorLimit.IsReached(reached))
            {
                throw new IOException($"{Path} cannot be opened, because this process has as many files and connections open as it may: raise that limit (ulimit -n), or use fewer connections", reached.HResult);
            }
        }
    }

    bool TryUse(out SafeFileHandle? file)
    {
        for (var users = Volatile.Read(ref _users); users >= 0;)
        {
            var seen = Interlocked.CompareExchange(ref _users, users + 1, users);
            if (seen == users)
            {
                if (_isGone)
                {
                    Release();
                    break;
                }
                if (!_wasUsed) _wasUsed = true;
                file = _handle!;
                return true;
            }
            users = seen;
        }
        file = null;
        return false;
    }

    SafeFileHandle OpenAndUse(FileMode how)
    {
        lock (this)
        {
            if (TryUse(out var open)) return open!;
            ObjectDisposedException.ThrowIf(_isGone, this);
            _handle = File.OpenHandle(Path, how, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            _wasUsed = true;
            Volatile.Write(ref _users, 1);
            files.Opened(this);
            return _handle;
        }
    }

    void Release()
    {
        if (Interlocked.Decrement(ref _users) == 0 && _isGone) TryClose();
    }

    /// <summary>Closes it if nobody uses it and nothing in it waits to be forced.</summary>
    internal bool TryCloseAtRest() => !IsUnforced && TryClose(mustBeForced: true);

    bool TryClose(bool mustBeForced = false)
    {
        lock (this)
        {
            if (Interlocked.CompareExchange(ref _users, Closed, 0) != 0) return false;
            if (mustBeForced && IsUnforced)
            {
                Volatile.Write(ref _users, 0);
                return false;
            }
            files.Closed(this);
            _handle!.Dispose();
            _handle = null;
            return true;
        }
    }

    /// <summary>Closes it for good. Uses under way end first; later ones are refused.</summary>
    public void Dispose()
    {
        _isGone = true;
        TryClose();
    }
}
