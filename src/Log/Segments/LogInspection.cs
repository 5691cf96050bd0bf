using System.Buffers;
using Microsoft.Win32.SafeHandles;
using Semel.Log.Batches;
using Semel.Log.Segments.Files;
using Semel.Log.Segments.Recovery;
using Semel.Protocol.Records;

namespace Semel.Log.Segments;

/// <summary>A log that lies in a data folder.</summary>
public sealed record InspectedLog(string Name, string Folder);

/// <summary>One batch of a segment file, or one place where a batch should be.</summary>
/// <param name="File">The segment file.</param>
/// <param name="Position">Where it begins in the file.</param>
/// <param name="Header">As it stands there; null when not even a header of the format is there.</param>
/// <param name="Fault">What is wrong; null for a sound batch.</param>
/// <param name="FollowedBy">Where the next whole batch of the file begins, if something is wrong here and there is one: then this is damage and no torn tail.</param>
public sealed record InspectedBatch(string File, long Position, RecordBatchHeader? Header, string? Fault, long? FollowedBy);

/// <summary>Looks at segment files batch by batch without changing anything: for a stopped broker's folder, or a copy of it.</summary>
public static class LogInspection
{
    /// <summary>The logs of a data folder, by name.</summary>
    /// <exception cref="LogStoreException">It is no data folder.</exception>
    public static IReadOnlyList<InspectedLog> Logs(string dataFolder)
    {
        var logs = Path.Combine(dataFolder, SegmentLogStore.LogsFolder);
        if (!Directory.Exists(logs)) throw new LogStoreException($"{dataFolder} is no data folder: it has no folder named {SegmentLogStore.LogsFolder}");
        return [.. Directory.GetDirectories(logs)
            .Where(folder => !LogFolderName.IsLeftover(Path.GetFileName(folder)))
            .Select(folder => new InspectedLog(SegmentLogStore.NameOf(folder), folder))
            .OrderBy(log => log.Name, StringComparer.Ordinal)];
    }

    /// <summary>
    /// Every batch in order, read as they are asked for. A batch with a wrong checksum is passed over by the length it gives; after bytes that are no batch the file goes on at
    /// the next whole batch, if there is one.
    /// </summary>
    /// <param name="path">A segment file, or the folder of a log.</param>
    /// <exception cref="LogStoreException">There is no segment.</exception>
    public static IEnumerable<InspectedBatch> Batches(string path)
    {
        var files = Directory.Exists(path) ? SegmentFilesOf(path) : [path];
        if (files.Length == 0) throw new LogStoreException($"{path} has no segment files (20 digits and {SegmentName.LogSuffix})");
        return BatchesOf(files);
    }

    static string[] SegmentFilesOf(string folder) =>
        [.. Directory.GetFiles(folder).Where(file => SegmentName.TryParse(Path.GetFileName(file), SegmentName.LogSuffix, out _)).Order(StringComparer.Ordinal)];

    static IEnumerable<InspectedBatch> BatchesOf(string[] files)
    {
        long? end = null;
        foreach (var file in files)
        {
            var baseOffset = SegmentName.TryParse(Path.GetFileName(file), SegmentName.LogSuffix, out var named) ? named : (long?)null;
            if (end is { } expected && baseOffset is { } begins && begins != expected)
                yield return new InspectedBatch(file, 0, null, $"the file begins at offset {begins} by its name, but the one before it ends at {expected}", null);
            end = baseOffset ?? end;
            foreach (var batch in BatchesOf(file, end))
            {
                if (batch.Header is { } header && batch.Fault is null) end = header.NextOffset;
                yield return batch;
            }
        }
    }

    /// <param name="expected">The offset that the first batch must have; null when it is not known.</param>
    static IEnumerable<InspectedBatch> BatchesOf(string path, long? expected)
    {
        using var file = OpenFile(path);
        var length = RandomAccess.GetLength(file);
        for (long position = 0; position < length;)
        {
            var (header, fault) = Look(file, position, length, expected);
            var isWhole = header is { } found && BatchFault.OfHeader(found, length - position, found.BaseOffset) is null;
            var next = fault is null ? null : FollowingBatch.Find((bytes, at) => RandomAccess.Read(file, bytes, at), position, length, expected ?? -1);
            yield return new InspectedBatch(path, position, header, fault, next);
            if (isWhole)
            {
                position += header!.Value.SizeInBytes;
                expected = header.Value.NextOffset;
            }
            else
            {
                if (next is null) yield break;
                (position, expected) = (next.Value, null);
            }
        }
    }

    static SafeFileHandle OpenFile(string path)
    {
        try
        {
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new LogStoreException($"{path} cannot be read: {failure.Message}", failure);
        }
    }

    static (RecordBatchHeader? Header, string? Fault) Look(SafeFileHandle file, long position, long length, long? expected)
    {
        Span<byte> bytes = stackalloc byte[RecordBatchHeader.Size];
        if (!RecordBatchHeader.TryRead(bytes[..RandomAccess.Read(file, bytes, position)], out var header)) return (null, $"only {length - position} bytes are there, fewer than a header");
        if (BatchFault.OfHeader(header, length - position, expected ?? header.BaseOffset) is { } fault) return (header, fault);
        var batch = ArrayPool<byte>.Shared.Rent((int)header.SizeInBytes);
        try
        {
            var read = RandomAccess.Read(file, batch.AsSpan(0, (int)header.SizeInBytes), position);
            return (header, read < header.SizeInBytes ? "it cannot be read whole" : BatchFault.OfBody(batch.AsSpan(0, read)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(batch);
        }
    }
}
