using System.Text;
using Semel.Protocol.Records;

namespace Semel.Cli.Dump;

/// <summary>The headers of the record that a reader stands at, copied.</summary>
public static class DumpedHeaders
{
    public static IReadOnlyList<RecordHeader> Of(in RecordBatchReader record)
    {
        if (record.HeaderCount == 0) return [];
        var copied = new List<RecordHeader>(record.HeaderCount);
        var headers = record.Headers;
        while (headers.MoveNext()) copied.Add(new RecordHeader(Encoding.UTF8.GetString(headers.Key), headers.ValueIsNull ? (ReadOnlyMemory<byte>?)null : headers.Value.ToArray()));
        return copied;
    }
}
