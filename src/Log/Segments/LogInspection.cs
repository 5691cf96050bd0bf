using Microsoft.Win32.SafeHandles;
using Semel.Log.Batches;
using Semel.Log.Segments.Device;
using Semel.Log.Segments.Files;
using Semel.Log.Segments.Recovery;
using Semel.Protocol.Records;

namespace Semel.Log.Segments;

/// <summary>A segment file that is looked at.</summary>
/// <param name="Path">The file.</param>
/// <param name="SizeInBytes">Of the file when it was opened.</param>
/// <param name="Batches">Every batch and every place without one, in order. To be gone through once, before the next segment is asked for.</param>
public sealed record InspectedSegment(string Path, long SizeInBytes, IEnumerable<InspectedBatch> Batches);

/// <summary>One place of a segment file: a batch, or bytes that are none.</summary>
/// <param name="Position">Of the first byte, from the start of the file.</param>
/// <param name="SizeInBytes">Of the batch, or of the bytes up to the next batch that can be read; 0 when the place is one between two files.</param>
/// <param name="Header">As it stands there; null when not even a header is there.</param>
/// <param name="Bytes">The whole batch, good until the next step; empty when it is not there.</param>
/// <param name="Fault">A sentence that says what is wrong; null for a sound batch.</param>
public sealed record InspectedBatch(long Position, long SizeInBytes, RecordBatchHeader? Header, ReadOnlyMemory<byte> Bytes, string? Fault);

/// <summary>
/// Looks at segment files batch by batch without changing anything. A broker may use them meanwhile: the last batch of its last file may then be half there.
/// Memory is bounded by the largest batch.
/// </summary>
public static class LogInspection
{
    /// <summary>The name of the log that lies in a folder, which is not always the folder's.</summary>
    /// <exception cref="LogDamagedException">The folder's own name says nothing, and what is in it cannot be read.</exception>
    public static string NameOf(string folder) => LogFolders.NameOf(folder);

    /// <summary>Whether a file is named as a segment is: by its first offset in 20 digits, and the generation of one that took the place of others.</summary>
    public static bool IsSegment(string path) => SegmentName.TryParse(Path.GetFileName(path), SegmentName.LogSuffix, out SegmentName _);

    /// <summary>
    /// The segments of one log, opened as they are asked for. Each batch must go on where the one before it ended, across files as well; in files that took the place of others, and behind them, it
    /// may begin later. Of a folder those are looked at that hold the log now. One with a wrong checksum is passed over by the length it gives; after bytes that are no batch the file goes on at the next whole batch, so that one bad place does not hide the rest.
    /// </summary>
    /// <param name="path">A segment file, or the folder of a log.</param>
    /// <exception cref="LogStoreException">There is no segment, or it cannot be read.</exception>
    public static IEnumerable<InspectedSegment> Segments(string path)
    {
        string[] files = Directory.Exists(path) ? SegmentsIn(path) : [path];
        if (files.Length == 0) throw new LogStoreException($"{path} has no segment files (20 digits and {SegmentName.LogSuffix})");
        return SegmentsOf(files);
    }

    /// <summary>What a replacement of parts took out of the log, or has not brought into it yet, is left out.</summary>
    static string[] SegmentsIn(string folder)
    {
        var parts = PartsOf(folder);
        return [.. Directory.GetFiles(folder).Where(IsSegment).Select(path => (Path: path, Name: NameOfSegment(path))).Where(file => parts is null || PartsFile.RoleOf(file.Name, parts) == FileRole.Part)
            .OrderBy(file => file.Name).Select(file => file.Path)];
    }

    static PartsFile? PartsOf(string folder)
    {
        try
        {
            return PartsFile.Read(folder, LogDescriptor.Read(folder, DeviceRead.Instance).Identity, DeviceRead.Instance);
        }
        catch (IOException)
        {
            // Then everything that is there is looked at.
            return null;
        }
    }

    static SegmentName NameOfSegment(string path) => SegmentName.TryParse(Path.GetFileName(path), SegmentName.LogSuffix, out SegmentName name) ? name : default;

    static IEnumerable<InspectedSegment> SegmentsOf(string[] files)
    {
        var end = new LogEnd();
        foreach (var path in files)
        {
            using var file = OpenFile(path);
            var length = RandomAccess.GetLength(file);
            yield return new InspectedSegment(path, length, BatchesOf(path, file, length, end));
        }
    }

    /// <summary>Where the next batch must begin, or may begin at the earliest; null when that is not known.</summary>
    sealed class LogEnd
    {
        public long? Offset { get; set; }
        public OffsetOrder Order { get; set; }
    }

    static IEnumerable<InspectedBatch> BatchesOf(string path, SafeFileHandle file, long length, LogEnd end)
    {
        if (SegmentName.TryParse(Path.GetFileName(path), SegmentName.LogSuffix, out SegmentName name))
        {
            // A file that took the place of others ends before the next one begins.
            if (end.Offset is { } expected && !end.Order.Allows(name.BaseOffset, expected))
                yield return new InspectedBatch(0, 0, null, default, $"the file begins at offset {name.BaseOffset} by its name, but the one before it ends at {expected}");
            (end.Offset, end.Order) = (name.BaseOffset, name.Generation == 0 ? OffsetOrder.Continuous : OffsetOrder.Rising);
        }
        var buffer = Array.Empty<byte>();
        for (long position = 0; position < length;)
        {
            var batch = Look(path, file, position, length, end, ref buffer);
            yield return batch;
            position += batch.SizeInBytes;
            end.Offset = batch.Bytes.IsEmpty ? null : batch.Header!.Value.NextOffset;
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

    static InspectedBatch Look(string path, SafeFileHandle file, long position, long length, LogEnd end, ref byte[] buffer)
    {
        RecordBatchHeader? found = null;
        try
        {
            Span<byte> start = stackalloc byte[RecordBatchHeader.Size];
            var there = DeviceRead.Instance.UpToEnd(file, path, start, position, length);
            if (!RecordBatchHeader.TryRead(start[..there], out var header)) return NoBatch($"{BatchFault.NoHeader(length - position)}: a write that was cut off");
            found = header;
            // A wrong place does not make a batch unreadable.
            if (BatchFault.OfHeader(header, length - position) is { } fault) return NoBatch(fault);
            var size = (int)header.SizeInBytes;
            if (buffer.Length < size) buffer = new byte[Math.Max(size, buffer.Length * 2)];
            DeviceRead.Instance.Exactly(file, path, buffer.AsSpan(0, size), position);
            return new InspectedBatch(position, size, header, buffer.AsMemory(0, size), BatchFault.OfHeader(header, length - position, end.Offset ?? header.BaseOffset, end.Order) ?? BatchFault.OfBody(buffer.AsSpan(0, size)));
        }
        catch (ReadFailedException unreadable)
        {
            return NoBatch(unreadable.Message);
        }

        InspectedBatch NoBatch(string reason) =>
            new(position, (FollowingBatch.Find((bytes, at) => DeviceRead.Instance.WhatCanBeRead(file, path, bytes, at, length), position, length, expectedOffset: -1, end.Order) ?? length) - position, found, default, reason);
    }
}
