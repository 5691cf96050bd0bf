using System.Text.Json;
using Semel.Cli.Consume;
using Semel.Cli.Output;
using Semel.Log.Segments;
using Semel.Protocol.Records;
using Semel.Protocol.Wire;

namespace Semel.Cli.Dump;

/// <summary>A scan as JSON lines: "type" tells batch, record, damage and summary apart.</summary>
public sealed class DumpJson(OutputText output, bool withRecords) : IDumpFormat
{
    StateLog? _state;

    public void File(string path, long length, StateLog? state)
    {
        _state = state;
        output.WriteJsonLine(json =>
        {
            json.WriteStartObject();
            json.WriteString("type", "file");
            json.WriteString("file", path);
            json.WriteNumber("bytes", length);
            json.WriteEndObject();
        });
    }

    public void Batch(string path, InspectedBatch batch)
    {
        if (batch.Header is { } header && !batch.Bytes.IsEmpty) output.WriteJsonLine(json => WriteBatch(json, batch, header));
        if (batch.Fault is not null) output.WriteJsonLine(json => WriteDamage(json, path, batch));
    }

    public void Record(in RecordBatchReader record)
    {
        // A control batch has one record, and that one says everything.
        if (!withRecords && !record.Header.Attributes.IsControl) return;
        var json = output.BeginJsonLine();
        json.WriteStartObject();
        json.WriteString("type", "record");
        json.WriteNumber("offset", record.Offset);
        json.WriteNumber("timestamp", record.Timestamp);
        json.WriteNumber("sequence", record.Header.BaseSequence < 0 ? record.Header.BaseSequence : SequenceNumber.Add(record.Header.BaseSequence, record.OffsetDelta));
        if (record.Header.Attributes.IsControl) WriteControl(json, DumpedControl.Of(record.Key, record.Value));
        else if (_state is null || !WriteState(json, _state, record))
        {
            JsonFormat.WriteBytes(json, "key", record.Key, record.KeyIsNull);
            JsonFormat.WriteBytes(json, "value", record.Value, record.ValueIsNull);
        }
        JsonFormat.WriteHeaders(json, DumpedHeaders.Of(record));
        json.WriteEndObject();
        output.EndJsonLine();
    }

    public void Unreadable(InspectedBatch batch, string reason)
    {
        if (!withRecords) return;
        var position = batch.Position;
        output.WriteJsonLine(json =>
        {
            json.WriteStartObject();
            json.WriteString("type", "unreadable");
            json.WriteNumber("position", position);
            json.WriteString("reason", reason);
            json.WriteEndObject();
        });
    }

    public void Summary(DumpTotals totals) => output.WriteJsonLine(json =>
    {
        json.WriteStartObject();
        json.WriteString("type", "summary");
        json.WriteNumber("files", totals.Files);
        json.WriteNumber("batches", totals.Batches);
        json.WriteNumber("records", totals.Records);
        json.WriteNumber("bytes", totals.Bytes);
        json.WriteNumber("damagedPlaces", totals.DamagedPlaces);
        json.WriteEndObject();
    });

    static void WriteControl(Utf8JsonWriter json, DumpedControl control)
    {
        json.WriteString("control", control.Type);
        if (control.CoordinatorEpoch is { } epoch) json.WriteNumber("coordinatorEpoch", epoch);
    }

    static bool WriteState(Utf8JsonWriter json, StateLog log, in RecordBatchReader record)
    {
        try
        {
            var state = DumpedState.Of(log, record.Key, record.Value, record.ValueIsNull);
            json.WritePropertyName("key");
            state.Key.WriteTo(json);
            if (state.Value is null && !state.IsTombstone)
            {
                JsonFormat.WriteBytes(json, "value", record.Value, isNull: false);
                return true;
            }
            json.WritePropertyName("value");
            if (state.Value is null) json.WriteNullValue();
            else state.Value.WriteTo(json);
            return true;
        }
        catch (WireFormatException reason)
        {
            json.WriteString("fault", $"no record of {log.Topic}: {reason.Message}");
            return false;
        }
    }

    static void WriteBatch(Utf8JsonWriter json, InspectedBatch batch, in RecordBatchHeader header)
    {
        json.WriteStartObject();
        json.WriteString("type", "batch");
        json.WriteNumber("position", batch.Position);
        json.WriteNumber("size", batch.SizeInBytes);
        json.WriteNumber("baseOffset", header.BaseOffset);
        json.WriteNumber("lastOffset", header.LastOffset);
        json.WriteNumber("count", header.RecordCount);
        json.WriteNumber("producerId", header.ProducerId.Value);
        json.WriteNumber("producerEpoch", header.ProducerEpoch.Value);
        json.WriteNumber("baseSequence", header.BaseSequence);
        json.WriteNumber("lastSequence", header.LastSequence);
        json.WriteNumber("leaderEpoch", header.LeaderEpoch);
        json.WriteBoolean("isTransactional", header.Attributes.IsTransactional);
        json.WriteBoolean("isControl", header.Attributes.IsControl);
        json.WriteString("timestampType", header.Attributes.TimestampType.ToString());
        json.WriteNumber("baseTimestamp", header.BaseTimestamp);
        json.WriteNumber("maxTimestamp", header.MaxTimestamp);
        json.WriteString("codec", DumpText.CodecName(header.Attributes.Codec));
        json.WriteNumber("crc", header.Crc);
        json.WriteBoolean("isValid", batch.Fault is null);
        json.WriteEndObject();
    }

    static void WriteDamage(Utf8JsonWriter json, string path, InspectedBatch batch)
    {
        json.WriteStartObject();
        json.WriteString("type", "damage");
        json.WriteString("file", path);
        json.WriteNumber("position", batch.Position);
        json.WriteNumber("size", batch.SizeInBytes);
        json.WriteString("reason", batch.Fault);
        json.WriteEndObject();
    }
}
