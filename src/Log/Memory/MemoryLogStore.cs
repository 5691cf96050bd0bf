namespace Semel.Log.Memory;

/// <summary>
/// Logs in memory, for tests, simulation and brokers that need not keep anything. The store is the disk: logs outlive the <see cref="ILog"/>
/// that was disposed, so a broker can be started again on it. Every append completes before the call returns.
/// </summary>
/// <param name="time">For the age of segments and the times of snapshots; the system's when null.</param>
public sealed class MemoryLogStore(TimeProvider? time = null) : ILogStore
{
    readonly TimeProvider _time = time ?? TimeProvider.System;
    readonly Lock _gate = new();
    readonly Dictionary<string, MemoryLogFolder> _folders = [];
    readonly Dictionary<string, MemoryLog> _open = [];
    readonly HashSet<string> _lost = [];

    /// <summary>Asked once for each append, with the log's name, before it takes effect. Null: no append fails.</summary>
    public Func<string, AppendFault>? AppendFaults { get; set; }

    public IReadOnlyList<string> Names
    {
        get
        {
            string[] names;
            lock (_gate) names = [.. _folders.Keys, .. _lost];
            Array.Sort(names, StringComparer.Ordinal);
            return names;
        }
    }

    public IReadOnlyList<string> Remarks => [];

    public ILog Create(string name, LogOptions options)
    {
        LogName.Check(name);
        LogOptionsCheck.Check(options);
        lock (_gate)
        {
            if (_folders.ContainsKey(name)) throw new LogExistsException(name);
            if (_lost.Contains(name)) throw Missing(name);
            _folders.Add(name, new MemoryLogFolder());
            return OpenFolder(name, options);
        }
    }

    public ILog Open(string name, LogOptions options)
    {
        LogName.Check(name);
        LogOptionsCheck.Check(options);
        lock (_gate)
        {
            if (!_folders.ContainsKey(name)) throw Missing(name);
            return OpenFolder(name, options);
        }
    }

    static LogMissingException Missing(string name) => new($"the log {name} is not in memory");

    MemoryLog OpenFolder(string name, LogOptions options)
    {
        if (_open.ContainsKey(name)) throw new InvalidOperationException($"the log {name} is open already");
        var log = new MemoryLog(this, name, _folders[name], options, _time);
        _open.Add(name, log);
        return log;
    }

    public void Delete(string name)
    {
        LogName.Check(name);
        lock (_gate)
        {
            if (_open.Remove(name, out var log)) log.Close();
            _folders.Remove(name);
            _lost.Remove(name);
        }
    }

    /// <summary>What somebody does to a disk who removes a log's folder: it is missing until it is deleted. An open one ends.</summary>
    public void Lose(string name)
    {
        lock (_gate)
        {
            if (_open.Remove(name, out var log)) log.Close();
            if (_folders.Remove(name)) _lost.Add(name);
        }
    }

    /// <summary>What another process does that opens the log on a store which many share: it claims the log, and whoever has it open here is its writer no more.</summary>
    public void TakeOver(string name)
    {
        lock (_gate) _folders[name].ClaimWriterEpoch();
    }

    /// <summary>What a bad sector does to a log: the batches with offsets from the first and below the last cannot be read any more.</summary>
    public void MakeHole(string name, long startOffset, long endOffset)
    {
        lock (_gate) _folders[name].MakeHole(startOffset, endOffset);
    }

    /// <summary>
    /// The machine loses its power: batches that were not durable are gone, and every open log ends, so that whatever still holds one has no more effect.
    /// </summary>
    public void Crash()
    {
        lock (_gate)
        {
            foreach (var log in _open.Values) log.Close();
            _open.Clear();
            foreach (var folder in _folders.Values) folder.ForgetNotDurable();
        }
    }

    /// <summary>Closes the open logs. The store keeps its content and can be used again.</summary>
    public ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            foreach (var log in _open.Values) log.Close();
            _open.Clear();
        }
        return ValueTask.CompletedTask;
    }

    internal void Closed(MemoryLog log)
    {
        lock (_gate)
        {
            if (_open.TryGetValue(log.Name, out var open) && open == log) _open.Remove(log.Name);
        }
    }
}
