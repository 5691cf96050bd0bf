using System.Diagnostics;
using Microsoft.Win32.SafeHandles;

namespace Semel.LogBench;

/// <summary>
/// What one acknowledgement costs that waits for a batch in each of n logs, by mechanism, with whatever the mechanism does in the background counted in
/// the throughput. The mechanisms take turns, because figures of one machine drift within minutes.
/// </summary>
static class ForcedWrites
{
    static readonly (string Name, Func<string, int, int, IMechanism> New)[] Mechanisms =
    [
        ("each file", (folder, logs, _) => new EachFile(folder, logs, writebackFirst: false)),
        ("each file, writeback first", (folder, logs, _) => new EachFile(folder, logs, writebackFirst: true)),
        ("file system", (folder, logs, _) => new WholeFileSystem(folder, logs)),
        ("journal, each file behind", (folder, logs, bytes) => new RingJournal(folder, logs, bytes, writebackFirst: false)),
        ("journal, writeback first behind", (folder, logs, bytes) => new RingJournal(folder, logs, bytes, writebackFirst: true)),
    ];

    public static void Run(BenchOptions options)
    {
        Console.WriteLine($"{"logs",5} {"batch",9}  {"mechanism",-32} {"p50 ms",8} {"p99 ms",8} {"MB/s acked",11} {"MB/s with what is left behind",30}");
        foreach (var (logs, bytes) in options.SizesOr((1, 16), (1, 1024), (8, 16), (8, 1024), (64, 16), (64, 1024), (1000, 16), (1000, 1024)))
        {
            var rows = Mechanisms.Select(m => (m.Name, Results: new List<Result>())).ToArray();
            for (var round = 0; round < options.Rounds; round++)
            {
                for (var m = 0; m < Mechanisms.Length; m++) rows[m].Results.Add(Measure(options, Mechanisms[m].New, logs, bytes));
            }
            foreach (var (name, results) in rows)
            {
                Console.WriteLine($"{logs,5} {bytes >> 10,5} KiB  {name,-32} {Median(results, r => r.P50),8:0.00} {Median(results, r => r.P99),8:0.00} {Median(results, r => r.Acknowledged),11:0} {Median(results, r => r.Whole),30:0}");
            }
        }
    }

    readonly record struct Result(double P50, double P99, double Acknowledged, double Whole);

    static double Median(List<Result> results, Func<Result, double> of) => results.Select(of).Order().ElementAt(results.Count / 2);

    static Result Measure(BenchOptions options, Func<string, int, int, IMechanism> create, int logs, int bytes)
    {
        var folder = options.NewFolder("forced");
        var batch = new byte[bytes];
        Random.Shared.NextBytes(batch);
        var times = new List<double>();
        var start = Stopwatch.GetTimestamp();
        TimeSpan acknowledged;
        using (var mechanism = create(folder, logs, bytes))
        {
            mechanism.Commit(batch);
            start = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(start) < options.Duration || times.Count < 3)
            {
                var began = Stopwatch.GetTimestamp();
                mechanism.Commit(batch);
                times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            }
            acknowledged = Stopwatch.GetElapsedTime(start);
            mechanism.Finish();
        }
        var whole = Stopwatch.GetElapsedTime(start);
        Directory.Delete(folder, recursive: true);
        times.Sort();
        var megabytes = (double)times.Count * logs * bytes / 1e6;
        return new Result(times[times.Count / 2], times[(int)(times.Count * 0.99)], megabytes / acknowledged.TotalSeconds, megabytes / whole.TotalSeconds);
    }

    interface IMechanism : IDisposable
    {
        /// <summary>Writes the batch to every log and returns when all of them would survive a power cut.</summary>
        void Commit(byte[] batch);

        /// <summary>Does what was left to the background.</summary>
        void Finish();
    }

    sealed class GrowingFiles(string folder, int count) : IDisposable
    {
        public SafeFileHandle[] Handles { get; } = [.. Enumerable.Range(0, count).Select(n => File.OpenHandle(Path.Combine(folder, $"{n}.log"), FileMode.CreateNew, FileAccess.Write))];
        long _position;

        public void Write(byte[] batch)
        {
            foreach (var file in Handles) RandomAccess.Write(file, batch, _position);
            _position += batch.Length;
        }

        public void Force(bool writebackFirst)
        {
            if (writebackFirst)
            {
                foreach (var file in Handles) Native.BeginWriteback(file);
            }
            foreach (var file in Handles) Native.Force(file);
        }

        public void Dispose()
        {
            foreach (var file in Handles) file.Dispose();
        }
    }

    sealed class EachFile(string folder, int logs, bool writebackFirst) : IMechanism
    {
        readonly GrowingFiles _files = new(folder, logs);

        public void Commit(byte[] batch)
        {
            _files.Write(batch);
            _files.Force(writebackFirst);
        }

        public void Finish() { }
        public void Dispose() => _files.Dispose();
    }

    sealed class WholeFileSystem(string folder, int logs) : IMechanism
    {
        readonly GrowingFiles _files = new(folder, logs);

        public void Commit(byte[] batch)
        {
            _files.Write(batch);
            Native.ForceFileSystem(_files.Handles[0]);
        }

        public void Finish() { }
        public void Dispose() => _files.Dispose();
    }

    /// <summary>Four recycled files of 64 MiB (more where one commit is larger); a thread forces the logs behind before a file is used again.</summary>
    sealed class RingJournal : IMechanism
    {
        readonly GrowingFiles _files;
        readonly bool _writebackFirst;
        readonly SafeFileHandle[] _ring;
        readonly SemaphoreSlim _free = new(3), _full = new(0);
        readonly Thread _checkpoint;
        readonly long _size;
        readonly ReadOnlyMemory<byte>[] _gather;
        volatile bool _stop;
        int _current;
        long _position;

        public RingJournal(string folder, int logs, int bytes, bool writebackFirst)
        {
            _files = new GrowingFiles(folder, logs);
            _writebackFirst = writebackFirst;
            _size = Math.Max(64L << 20, (long)logs * bytes);
            _ring = [.. Enumerable.Range(0, 4).Select(n => File.OpenHandle(Path.Combine(folder, $"{n}.journal"), FileMode.CreateNew, FileAccess.Write))];
            foreach (var file in _ring) Prepare(file);
            _gather = new ReadOnlyMemory<byte>[logs];
            _checkpoint = new Thread(Checkpoint);
            _checkpoint.Start();
        }

        /// <summary>As after the first round: allocated and written. A new file is a little slower until then.</summary>
        void Prepare(SafeFileHandle file)
        {
            Native.Allocate(file, _size);
            var zeros = new byte[1 << 20];
            for (long at = 0; at < _size; at += zeros.Length) RandomAccess.Write(file, zeros, at);
            Native.Force(file);
        }

        public void Commit(byte[] batch)
        {
            _files.Write(batch);
            long length = (long)batch.Length * _gather.Length;
            if (_position + length > _size)
            {
                _full.Release();
                _free.Wait();
                _current = (_current + 1) % _ring.Length;
                _position = 0;
            }
            Array.Fill(_gather, batch);
            RandomAccess.Write(_ring[_current], _gather, _position);
            Native.Force(_ring[_current]);
            _position += length;
        }

        void Checkpoint()
        {
            while (true)
            {
                _full.Wait();
                if (_stop) return;
                _files.Force(_writebackFirst);
                _free.Release();
            }
        }

        public void Finish()
        {
            _stop = true;
            _full.Release();
            _checkpoint.Join();
            _files.Force(_writebackFirst);
        }

        public void Dispose()
        {
            _files.Dispose();
            foreach (var file in _ring) file.Dispose();
        }
    }
}
