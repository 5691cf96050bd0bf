namespace Semel.Compat.Confluent.Admin;

/// <summary>What a right is about.</summary>
public class ResourcePattern
{
    public ResourceType Type { get; set; }
    public string Name { get; set; }
    public ResourcePatternType ResourcePatternType { get; set; }

    public ResourcePattern Clone() => (ResourcePattern)MemberwiseClone();
    public ResourcePatternFilter ToFilter() => new() { Type = Type, Name = Name, ResourcePatternType = ResourcePatternType };

    public override bool Equals(object obj) => obj is ResourcePattern other && (Type, Name, ResourcePatternType) == (other.Type, other.Name,
        other.ResourcePatternType);
    public override int GetHashCode() => HashCode.Combine(Type, Name, ResourcePatternType);
    public static bool operator ==(ResourcePattern a, ResourcePattern b) => Equals(a, b);
    public static bool operator !=(ResourcePattern a, ResourcePattern b) => !Equals(a, b);
    public override string ToString() => $"{{\"Type\": \"{Type}\", \"Name\": \"{Name}\", \"ResourcePatternType\": \"{ResourcePatternType}\"}}";
}

/// <summary>Which rights are meant, by what they are about.</summary>
public class ResourcePatternFilter
{
    public ResourceType Type { get; set; }
    public string Name { get; set; }
    public ResourcePatternType ResourcePatternType { get; set; }

    public ResourcePatternFilter Clone() => (ResourcePatternFilter)MemberwiseClone();

    public override bool Equals(object obj) => obj is ResourcePatternFilter other && (Type, Name, ResourcePatternType) == (other.Type, other.Name,
        other.ResourcePatternType);
    public override int GetHashCode() => HashCode.Combine(Type, Name, ResourcePatternType);
    public static bool operator ==(ResourcePatternFilter a, ResourcePatternFilter b) => Equals(a, b);
    public static bool operator !=(ResourcePatternFilter a, ResourcePatternFilter b) => !Equals(a, b);
    public override string ToString() => $"{{\"Type\": \"{Type}\", \"Name\": \"{Name}\", \"ResourcePatternType\": \"{ResourcePatternType}\"}}";
}

/// <summary>Who may do what from where.</summary>
public class AccessControlEntry
{
    public string Principal { get; set; }
    public string Host { get; set; }
    public AclOperation Operation { get; set; }
    public AclPermissionType PermissionType { get; set; }

    public AccessControlEntry Clone() => (AccessControlEntry)MemberwiseClone();
    public AccessControlEntryFilter ToFilter() => new() { Principal = Principal, Host = Host, Operation = Operation, PermissionType = PermissionType };

    public override bool Equals(object obj) => obj is AccessControlEntry other && (Principal, Host, Operation, PermissionType) == (other.Principal, other.Host,
        other.Operation, other.PermissionType);
    public override int GetHashCode() => HashCode.Combine(Principal, Host, Operation, PermissionType);
    public static bool operator ==(AccessControlEntry a, AccessControlEntry b) => Equals(a, b);
    public static bool operator !=(AccessControlEntry a, AccessControlEntry b) => !Equals(a, b);
    public override string ToString() =>
        $"{{\"Principal\": \"{Principal}\", \"Host\": \"{Host}\", \"Operation\": \"{Operation}\", \"PermissionType\": \"{PermissionType}\"}}";
}

/// <summary>Which rights are meant, by who may do what from where.</summary>
public class AccessControlEntryFilter
{
    public string Principal { get; set; }
    public string Host { get; set; }
    public AclOperation Operation { get; set; }
    public AclPermissionType PermissionType { get; set; }

    public AccessControlEntryFilter Clone() => (AccessControlEntryFilter)MemberwiseClone();

    public override bool Equals(object obj) => obj is AccessControlEntryFilter other && (Principal, Host, Operation, PermissionType) == (other.Principal,
        other.Host, other.Operation, other.PermissionType);
    public override int GetHashCode() => HashCode.Combine(Principal, Host, Operation, PermissionType);
    public static bool operator ==(AccessControlEntryFilter a, AccessControlEntryFilter b) => Equals(a, b);
    public static bool operator !=(AccessControlEntryFilter a, AccessControlEntryFilter b) => !Equals(a, b);
    public override string ToString() =>
        $"{{\"Principal\": \"{Principal}\", \"Host\": \"{Host}\", \"Operation\": \"{Operation}\", \"PermissionType\": \"{PermissionType}\"}}";
}

/// <summary>A right.</summary>
public class AclBinding
{
    public ResourcePattern Pattern { get; set; }
    public AccessControlEntry Entry { get; set; }

    public AclBinding Clone() => new() { Pattern = Pattern?.Clone(), Entry = Entry?.Clone() };
    public AclBindingFilter ToFilter() => new() { PatternFilter = Pattern.ToFilter(), EntryFilter = Entry.ToFilter() };

    public override bool Equals(object obj) => obj is AclBinding other && Equals(Pattern, other.Pattern) && Equals(Entry, other.Entry);
    public override int GetHashCode() => HashCode.Combine(Pattern, Entry);
    public static bool operator ==(AclBinding a, AclBinding b) => Equals(a, b);
    public static bool operator !=(AclBinding a, AclBinding b) => !Equals(a, b);
    public override string ToString() => $"{{\"Pattern\": {Pattern}, \"Entry\": {Entry}}}";
}

/// <summary>Which rights are meant.</summary>
public class AclBindingFilter
{
    public ResourcePatternFilter PatternFilter { get; set; }
    public AccessControlEntryFilter EntryFilter { get; set; }

    public AclBindingFilter Clone() => new() { PatternFilter = PatternFilter?.Clone(), EntryFilter = EntryFilter?.Clone() };

    public override bool Equals(object obj) => obj is AclBindingFilter other && Equals(PatternFilter, other.PatternFilter)
        && Equals(EntryFilter, other.EntryFilter);
    public override int GetHashCode() => HashCode.Combine(PatternFilter, EntryFilter);
    public static bool operator ==(AclBindingFilter a, AclBindingFilter b) => Equals(a, b);
    public static bool operator !=(AclBindingFilter a, AclBindingFilter b) => !Equals(a, b);
    public override string ToString() => $"{{\"PatternFilter\": {PatternFilter}, \"EntryFilter\": {EntryFilter}}}";
}
