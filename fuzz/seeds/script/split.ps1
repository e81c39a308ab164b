&('i'+'ex') ("{1}{0}" -f 'b',('a'+"c")); [char]73+[char]0x45+[char](80+8); -join('a','b'); ('x','y') -join ''
'aXb'.Replace('X','-'); 'a' -replace 'a','b'; 'xei'[-1..-3] -join ''; [string]::Join('',('a','b')); I`nvoke-Exp`ression $x
